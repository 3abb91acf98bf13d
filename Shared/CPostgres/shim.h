// libpq 15 or newer, at the path where Debian and Ubuntu put it.
#ifndef TILL_CPOSTGRES_SHIM_H
#define TILL_CPOSTGRES_SHIM_H

#include <postgresql/libpq-fe.h>

#endif
