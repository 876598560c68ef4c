// Expat for Swift: reading XML as a stream of events. Nothing is added.
#ifndef LOCKSTEP_CEXPAT_H
#define LOCKSTEP_CEXPAT_H

#include <expat.h>

#endif
