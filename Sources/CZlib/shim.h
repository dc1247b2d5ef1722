#ifndef NIGHTSAFE_CZLIB_SHIM_H
#define NIGHTSAFE_CZLIB_SHIM_H

#include <zlib.h>

// deflateInit and inflateInit are macros that pass the caller's version and structure size, which
// Swift does not import.

static inline int shim_deflate_init(z_stream *stream, int level) {
  return deflateInit(stream, level);
}

static inline int shim_inflate_init(z_stream *stream) { return inflateInit(stream); }

#endif
