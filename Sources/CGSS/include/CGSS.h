// Kerberos and GSSAPI of MIT for Swift.
//
// Constants that C spells with casts or as variables that point get names as functions, and a
// configuration of Kerberos that is no file is made here, because libkrb5 asks for it through
// functions. Nothing else is added.
#ifndef LOCKSTEP_CGSS_H
#define LOCKSTEP_CGSS_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>

// Opens a context that knows one realm and one key distribution centre ("host", "host:port" or
// "[address]:port"), and neither krb5.conf nor DNS. 0, or a code of libkrb5.
krb5_error_code cgss_context_for_realm(const char *realm, const char *kdc, krb5_context *out);

// The mechanism Kerberos 5 (RFC 4121), and SPNEGO (RFC 4178).
static inline gss_OID cgss_mechanism_krb5(void) { return (gss_OID)gss_mech_krb5; }
static inline gss_OID cgss_mechanism_spnego(void) {
  static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};
  return &spnego;
}
static inline gss_OID cgss_name_krb5_principal(void) { return (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME; }
static inline gss_OID cgss_session_key(void) { return (gss_OID)GSS_C_INQ_SSPI_SESSION_KEY; }

// Whether a status is an error, and whether the exchange needs another token.
static inline int cgss_failed(OM_uint32 major) { return GSS_ERROR(major) != 0; }
static inline int cgss_continues(OM_uint32 major) { return (major & GSS_S_CONTINUE_NEEDED) != 0; }

#endif
