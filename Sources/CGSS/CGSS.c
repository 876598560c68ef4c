#include "CGSS.h"
#include <errno.h>
#include <profile.h>
#include <stdlib.h>
#include <string.h>

struct realm {
  char *name;
  char *kdc;
};

// The values of a relation, as a list that free_list frees; NULL when memory is short.
static char **list_of(const char *value) {
  char **list = calloc(2, sizeof *list);
  if (list && !(list[0] = strdup(value))) {
    free(list);
    list = NULL;
  }
  return list;
}

static void free_list(void *data, char **values) {
  (void)data;
  for (char **value = values; value && *value; value++) free(*value);
  free(values);
}

// What krb5.conf would say for a path such as libdefaults/rdns.
static const char *answer(const struct realm *realm, const char *const *names) {
  if (!names[0] || !names[1]) return NULL;
  if (!strcmp(names[0], "libdefaults") && !names[2]) {
    if (!strcmp(names[1], "default_realm")) return realm->name;
    if (!strcmp(names[1], "dns_lookup_kdc") || !strcmp(names[1], "dns_lookup_realm") ||
        !strcmp(names[1], "dns_canonicalize_hostname") || !strcmp(names[1], "rdns"))
      return "false";
    // TCP before UDP: tickets with the groups of Active Directory seldom fit into a datagram.
    if (!strcmp(names[1], "udp_preference_limit")) return "1";
  }
  if (!strcmp(names[0], "realms") && !strcmp(names[1], realm->name) && names[2] && !names[3] &&
      !strcmp(names[2], "kdc"))
    return realm->kdc;
  return NULL;
}

static long get_values(void *data, const char *const *names, char ***values) {
  const char *value = answer(data, names);
  if (!value) return PROF_NO_RELATION;
  *values = list_of(value);
  return *values ? 0 : ENOMEM;
}

static void release(void *data) {
  struct realm *realm = data;
  free(realm->name);
  free(realm->kdc);
  free(realm);
}

// krb5_init_context_profile keeps a copy of the profile.
static long copy(void *data, void **out) {
  const struct realm *from = data;
  struct realm *realm = calloc(1, sizeof *realm);
  if (!realm) return ENOMEM;
  realm->name = strdup(from->name);
  realm->kdc = strdup(from->kdc);
  if (!realm->name || !realm->kdc) {
    release(realm);
    return ENOMEM;
  }
  *out = realm;
  return 0;
}

krb5_error_code cgss_context_for_realm(const char *name, const char *kdc, krb5_context *out) {
  struct profile_vtable table = {.minor_ver = 1,
                                 .get_values = get_values,
                                 .free_values = free_list,
                                 .cleanup = release,
                                 .copy = copy};
  struct realm here = {(char *)name, (char *)kdc};
  void *data;
  long status = copy(&here, &data);
  if (status) return (krb5_error_code)status;
  profile_t profile;
  status = profile_init_vtable(&table, data, &profile);
  if (status) {
    release(data);
    return (krb5_error_code)status;
  }
  krb5_error_code code = krb5_init_context_profile(profile, 0, out);
  profile_release(profile);
  return code;
}
