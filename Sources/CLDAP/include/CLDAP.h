// libldap for Swift.
//
// Most constants of ldap.h are macros with casts, options are untyped pointers, and SASL asks back
// through a callback: these give them types that Swift can use. Beyond that, memory that liblber
// gives back is overwritten first, and the host's ldap.conf and the like are not read (see CLDAP.c).
#ifndef LOCKSTEP_CLDAP_H
#define LOCKSTEP_CLDAP_H

#include <lber.h>
#include <ldap.h>
#include <stddef.h>
#include <sys/time.h>

// A handle for the server at `uri`, as libldap itself would be without any configuration.
int cldap_initialize(LDAP **ld, const char *uri);

// Cuts a connection that is not set up in time. libldap waits for ever, and at full speed, for a
// server that takes a connection and is silent in the handshake of TLS.
typedef struct cldap_watch cldap_watch;
// Watches the handle's next connections, each for so many seconds after it was made; NULL without
// memory. It must live as long as the handle.
cldap_watch *cldap_watch_begin(LDAP *ld, double seconds);
// What was watched is set up, or is not to be.
void cldap_watch_end(cldap_watch *watch);
// Ends it and gives it back, after its handle.
void cldap_watch_free(cldap_watch *watch);

static inline int cldap_scope_base(void) { return LDAP_SCOPE_BASE; }
static inline int cldap_scope_one(void) { return LDAP_SCOPE_ONELEVEL; }
static inline int cldap_scope_subtree(void) { return LDAP_SCOPE_SUBTREE; }

static inline int cldap_is_entry(int type) { return type == (int)LDAP_RES_SEARCH_ENTRY; }
static inline int cldap_is_reference(int type) { return type == (int)LDAP_RES_SEARCH_REFERENCE; }
static inline int cldap_is_intermediate(int type) { return type == (int)LDAP_RES_INTERMEDIATE; }

// Options, by the types of their values; LDAP_OPT_SUCCESS is 0.
static inline int cldap_set_flag(LDAP *ld, int option, int isOn) {
  return ldap_set_option(ld, option, isOn ? LDAP_OPT_ON : LDAP_OPT_OFF);
}
static inline int cldap_set_int(LDAP *ld, int option, int value) {
  return ldap_set_option(ld, option, &value);
}
static inline int cldap_set_text(LDAP *ld, int option, const char *value) {
  return ldap_set_option(ld, option, value);
}
static inline int cldap_set_time(LDAP *ld, int option, double seconds) {
  struct timeval value;
  value.tv_sec = (long)seconds;
  value.tv_usec = (long)((seconds - (double)value.tv_sec) * 1e6);
  return ldap_set_option(ld, option, &value);
}
static inline int cldap_get_int(LDAP *ld, int option) {
  int value = 0;
  ldap_get_option(ld, option, &value);
  return value;
}
// Text that belongs to the caller: ldap_memfree. NULL if there is none.
static inline char *cldap_get_text(LDAP *ld, int option) {
  char *value = NULL;
  ldap_get_option(ld, option, &value);
  return value;
}
// Frees a list of texts that ends with NULL.
static inline void cldap_free_texts(char **list) { ber_memvfree((void **)list); }
// The socket, or -1.
static inline int cldap_descriptor(LDAP *ld) { return cldap_get_int(ld, LDAP_OPT_DESC); }

// What has arrived for `message` and needs no waiting: its type, 0 if there is nothing, -1 on error.
static inline int cldap_result_now(LDAP *ld, int message, int all, LDAPMessage **result) {
  struct timeval none = {0, 0};
  return ldap_result(ld, message, all ? LDAP_MSG_ALL : LDAP_MSG_ONE, &none, result);
}

// Whether something has been read from the socket that no message was made of yet.
int cldap_has_buffered(LDAP *ld);

// Once connected, and encrypted if it is to be: reads in larger pieces than one message needs, never
// waits for the rest of a message, and takes no message larger than `most` bytes. LDAP_OPT_SUCCESS,
// or another number.
int cldap_tune(LDAP *ld, size_t most);

// A SASL bind whose mechanism asks for nothing that is not set by options: GSSAPI, GSS-SPNEGO.
int cldap_sasl_bind(LDAP *ld, const char *mechanism);

#endif
