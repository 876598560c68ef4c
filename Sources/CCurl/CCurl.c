// Everything of this target is inline in its header; the compiler wants one file to compile.
#include "CCurl.h"
