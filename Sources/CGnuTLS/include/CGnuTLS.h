// GnuTLS for Swift: reading X.509 certificates. Nothing is added.
#ifndef LOCKSTEP_CGNUTLS_H
#define LOCKSTEP_CGNUTLS_H

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#endif
