// GnuTLS for Swift. Memory that it gives back is overwritten first (see CGnuTLS.c).
//
// gnutls_free is a variable that holds a function, which Swift takes for shared mutable state: an
// inline function gives it a name.
#ifndef LOCKSTEP_CGNUTLS_H
#define LOCKSTEP_CGNUTLS_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static inline void cgnutls_free(void *memory) { gnutls_free(memory); }

#endif
