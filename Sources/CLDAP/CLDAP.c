#include "CLDAP.h"

#include <pthread.h>
#include <sasl/sasl.h>
#include <stdlib.h>
#include <string.h>

// libldap reads ldap.conf, .ldaprc and LDAP* variables when it is first used, and what they say
// would hold for this program's connections too. Not before main: on Linux, Swift finds the
// program's arguments beside the first environment.
static void cldap_ignore_host_configuration(void) { setenv("LDAPNOINIT", "1", 1); }

int cldap_initialize(LDAP **ld, const char *uri) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, cldap_ignore_host_configuration);
  return ldap_initialize(ld, uri);
}

int cldap_has_buffered(LDAP *ld) {
  Sockbuf *buffer = NULL;
  if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS || !buffer) return 0;
  return ber_sockbuf_ctrl(buffer, LBER_SB_OPT_DATA_READY, NULL) > 0;
}

int cldap_tune(LDAP *ld, size_t most) {
  Sockbuf *buffer = NULL;
  ber_len_t limit = most;
  if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS || !buffer) return -1;
  ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &limit);
  return ber_sockbuf_add_io(buffer, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_TRANSPORT, NULL);
}

static int cldap_interact(LDAP *ld, unsigned flags, void *defaults, void *questions) {
  (void)ld;
  (void)flags;
  (void)defaults;
  for (sasl_interact_t *one = questions; one->id != SASL_CB_LIST_END; one++) {
    const char *answer = one->defresult ? one->defresult : "";
    one->result = answer;
    one->len = (unsigned)strlen(answer);
  }
  return LDAP_SUCCESS;
}

int cldap_sasl_bind(LDAP *ld, const char *mechanism) {
  return ldap_sasl_interactive_bind_s(
      ld, NULL, mechanism, NULL, NULL, LDAP_SASL_QUIET, cldap_interact, NULL);
}
