#ifndef NIGHTSAFE_CSQLITE_SHIM_H
#define NIGHTSAFE_CSQLITE_SHIM_H

#include <sqlite3.h>

#endif
