// Everything of this target is in its header; the compiler wants one file to compile.
#include "CNettle.h"
