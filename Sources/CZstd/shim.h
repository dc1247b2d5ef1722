#ifndef NIGHTSAFE_CZSTD_SHIM_H
#define NIGHTSAFE_CZSTD_SHIM_H

#include <zstd.h>
#include <zstd_errors.h>

#endif
