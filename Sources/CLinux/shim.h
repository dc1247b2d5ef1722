#ifndef NIGHTSAFE_CLINUX_SHIM_H
#define NIGHTSAFE_CLINUX_SHIM_H

// Calls that Swift cannot make itself, because they are variadic, macros, or hidden without
// _GNU_SOURCE, which Swift's own module of the C library does not define.
//
// No header of the C library is included: types that two modules define cannot be used together.
// So calls are made by their numbers, with the kernel's constants; `syscall(2)` sets errno.

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

extern long syscall(long number, ...);

// Files: `openat(2)`, `openat2(2)`.

static const int shim_O_PATH = 010000000;
static const int shim_O_NOATIME = 01000000;
// To be joined with O_DIRECTORY, whose bit differs between processors.
static const int shim_O_TMPFILE_BIT = 020000000;

static inline int shim_openat(int directory, const char *path, int flags, unsigned int mode) {
  return (int)syscall(__NR_openat, directory, path, flags, mode);
}

struct shim_open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

static inline int shim_openat2_beneath(
    int directory, const char *path, uint64_t flags, uint64_t mode) {
  // RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS
  struct shim_open_how how = {flags, mode, 0x08 | 0x04 | 0x02};
  return (int)syscall(__NR_openat2, directory, path, &how, sizeof(how));
}

static inline long shim_getdents64(int directory, void *buffer, size_t byte_count) {
  return syscall(__NR_getdents64, directory, buffer, byte_count);
}

static inline int shim_rename_without_replacing(
    int old_directory, const char *old_name, int new_directory, const char *new_name) {
  // 1 is RENAME_NOREPLACE.
  return (int)syscall(__NR_renameat2, old_directory, old_name, new_directory, new_name, 1u);
}

static inline long shim_copy_file_range(
    int source, int64_t *source_offset, int target, int64_t *target_offset, size_t byte_count) {
  return syscall(
      __NR_copy_file_range, source, source_offset, target, target_offset, byte_count, 0u);
}

static const int shim_SEEK_DATA = 3;
static const int shim_SEEK_HOLE = 4;

static inline int shim_start_writing(int file, int64_t offset, int64_t byte_count) {
  // 2 is SYNC_FILE_RANGE_WRITE.
  return (int)syscall(__NR_sync_file_range, file, offset, byte_count, 2u);
}

// Turns O_DIRECT, whose bit differs between processors, of an open file on or off.
static inline int shim_set_direct(int file, int is_on) {
#if defined(__aarch64__) || defined(__arm__)
  const long direct = 0200000;
#else
  const long direct = 040000;
#endif
  // 3 is F_GETFL, 4 is F_SETFL.
  const long flags = syscall(__NR_fcntl, file, 3);
  if (flags < 0) return -1;
  return (int)syscall(__NR_fcntl, file, 4, is_on ? flags | direct : flags & ~direct);
}

extern int mallopt(int parameter, int value);

// Buffers of 256 KiB and more come from the kernel and go back to it when they are freed: -3 is
// M_MMAP_THRESHOLD, which otherwise grows with the first large buffer that is freed.
static inline void shim_return_large_buffers(void) { (void)mallopt(-3, 256 << 10); }

extern int malloc_trim(size_t byte_count);

// Gives back what is free between allocations.
static inline void shim_return_free_memory(void) { (void)malloc_trim(0); }

static inline int shim_syncfs(int file) { return (int)syscall(__NR_syncfs, file); }

static inline int shim_punch_hole(int file, int64_t offset, int64_t byte_count) {
  // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
  return (int)syscall(__NR_fallocate, file, 2 | 1, offset, byte_count);
}

static inline int shim_reserve(int file, int64_t offset, int64_t byte_count) {
  return (int)syscall(__NR_fallocate, file, 0, offset, byte_count);
}

static inline int shim_pipe2(int *ends, int flags) {
  return (int)syscall(__NR_pipe2, ends, flags);
}

// Extended attributes: `xattr(7)`.

static inline long shim_flistxattr(int file, void *list, size_t byte_count) {
  return syscall(__NR_flistxattr, file, list, byte_count);
}

static inline long shim_llistxattr(const char *path, void *list, size_t byte_count) {
  return syscall(__NR_llistxattr, path, list, byte_count);
}

static inline long shim_fgetxattr(
    int file, const char *name, void *value, size_t byte_count) {
  return syscall(__NR_fgetxattr, file, name, value, byte_count);
}

static inline long shim_lgetxattr(
    const char *path, const char *name, void *value, size_t byte_count) {
  return syscall(__NR_lgetxattr, path, name, value, byte_count);
}

static inline int shim_fsetxattr(
    int file, const char *name, const void *value, size_t byte_count) {
  return (int)syscall(__NR_fsetxattr, file, name, value, byte_count, 0);
}

static inline int shim_lsetxattr(
    const char *path, const char *name, const void *value, size_t byte_count) {
  return (int)syscall(__NR_lsetxattr, path, name, value, byte_count, 0);
}

static inline int shim_fremovexattr(int file, const char *name) {
  return (int)syscall(__NR_fremovexattr, file, name);
}

static inline int shim_lremovexattr(const char *path, const char *name) {
  return (int)syscall(__NR_lremovexattr, path, name);
}

// Processes and threads.

extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int first);

static inline int shim_spawn_close_from(void *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

static inline int shim_pidfd_open(int process) {
  return (int)syscall(__NR_pidfd_open, process, 0u);
}

// `prctl(2)`: PR_GET_DUMPABLE 3, PR_SET_DUMPABLE 4, PR_SET_NAME 15.

static inline int shim_is_dumpable(void) {
  return (int)syscall(__NR_prctl, 3L, 0L, 0L, 0L, 0L);
}

static inline int shim_forbid_dumps(void) {
  return (int)syscall(__NR_prctl, 4L, 0L, 0L, 0L, 0L);
}

static inline int shim_set_thread_name(const char *name) {
  return (int)syscall(__NR_prctl, 15L, name, 0L, 0L, 0L);
}

// `prlimit(2)`: RLIMIT_CORE 4, RLIMIT_NOFILE 7.

struct shim_limit {
  uint64_t current;
  uint64_t maximum;
};

static inline int shim_forbid_cores(void) {
  struct shim_limit limit = {0, 0};
  return (int)syscall(__NR_prlimit64, 0, 4, &limit, NULL);
}

static inline int shim_are_cores_forbidden(void) {
  struct shim_limit limit = {1, 1};
  long result = syscall(__NR_prlimit64, 0, 4, NULL, &limit);
  return result == 0 && limit.current == 0 && limit.maximum == 0;
}

static inline int64_t shim_raise_descriptor_limit(void) {
  struct shim_limit limit;
  if (syscall(__NR_prlimit64, 0, 7, NULL, &limit) != 0) return -1;
  limit.current = limit.maximum;
  if (syscall(__NR_prlimit64, 0, 7, &limit, NULL) != 0) return -1;
  return limit.current > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)limit.current;
}

static inline int shim_set_nice(int value) {
  // 0 is PRIO_PROCESS.
  return (int)syscall(__NR_setpriority, 0, 0, value);
}

static inline int shim_set_idle_disk_priority(void) {
  // 1 is IOPRIO_WHO_PROCESS; class 3, IOPRIO_CLASS_IDLE, stands above bit 13 (`ioprio_set(2)`).
  return (int)syscall(__NR_ioprio_set, 1, 0, 3 << 13);
}

// `struct timex`: only the status is read; the rest is room.
struct shim_timex {
  unsigned int modes;
  int64_t offset;
  int64_t frequency;
  int64_t maximum_error;
  int64_t estimated_error;
  int status;
  int64_t rest[32];
};

// -1 unknown, 0 not synchronised, 1 synchronised.
static inline int shim_clock_is_synchronised(void) {
  struct shim_timex state = {0};
  long result = syscall(__NR_adjtimex, &state);
  if (result < 0) return -1;
  // TIME_ERROR is 5, STA_UNSYNC is 0x40.
  return result != 5 && (state.status & 0x40) == 0;
}

// Terminals.

static inline int shim_terminal_width(int terminal) {
  uint16_t size[4] = {0, 0, 0, 0};
  // 0x5413 is TIOCGWINSZ; `struct winsize` is rows, columns and two more.
  return syscall(__NR_ioctl, terminal, 0x5413L, size) == 0 ? size[1] : -1;
}

struct shim_poll {
  int file;
  short events;
  short revents;
};

// Waits until `file` can be read; `mask` is what is blocked meanwhile: 64 signals, 8 bytes.
static inline int shim_wait_until_readable(int file, const void *mask) {
  struct shim_poll polled = {file, 1, 0};
  return (int)syscall(__NR_ppoll, &polled, 1ul, NULL, mask, 8ul);
}

#endif
