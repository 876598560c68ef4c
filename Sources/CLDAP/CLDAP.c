#include "CLDAP.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sasl/sasl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

// libldap reads ldap.conf, .ldaprc and LDAP* variables when it is first used, and what they say
// would hold for this program's connections too. Not before main: on Linux, Swift finds the
// program's arguments beside the first environment.
static void cldap_ignore_host_configuration(void) { setenv("LDAPNOINIT", "1", 1); }

// libldap writes to sockets whose other end may be gone, and takes the error for the end of the
// connection; unless a program has other wishes, it is not to be ended by a signal for that.
static void cldap_ignore_broken_pipes(void) {
  struct sigaction known;
  if (sigaction(SIGPIPE, NULL, &known) == 0 && !(known.sa_flags & SA_SIGINFO) &&
      known.sa_handler == SIG_DFL)
    signal(SIGPIPE, SIG_IGN);
}

static void cldap_prepare(void) {
  cldap_ignore_host_configuration();
  cldap_ignore_broken_pipes();
}

// All that goes over a connection lies in memory of liblber's for a while, hashes of passwords and
// the account's own among it: none of it is given back as it is. liblber has an option for functions
// of one's own, LBER_OPT_MEMORY_FNS, and calls them only with a context, which libldap never gives.
// So these stand in the place of its own, for liblber and libldap alike: both call them through the
// table of dynamic symbols, where the program's come first.
void ber_memfree_x(void *memory, void *context) {
  (void)context;
  if (memory) explicit_bzero(memory, malloc_usable_size(memory));
  free(memory);
}
void *ber_memrealloc_x(void *memory, ber_len_t size, void *context) {
  if (memory && !size) {
    ber_memfree_x(memory, context);
    return NULL;
  }
  void *moved = size ? malloc(size) : NULL;
  if (!moved) return NULL;
  if (memory) {
    size_t before = malloc_usable_size(memory);
    memcpy(moved, memory, before < size ? before : size);
    ber_memfree_x(memory, context);
  }
  return moved;
}

int cldap_initialize(LDAP **ld, const char *uri) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, cldap_prepare);
  return ldap_initialize(ld, uri);
}

struct cldap_watch {
  struct ldap_conncb callbacks;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  double seconds;
  int descriptor, has_thread, is_over;
};

static void *cldap_watch_run(void *argument) {
  cldap_watch *watch = argument;
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += (time_t)watch->seconds;
  end.tv_nsec += (long)((watch->seconds - (double)(time_t)watch->seconds) * 1e9);
  if (end.tv_nsec >= 1000000000L) {
    end.tv_sec++;
    end.tv_nsec -= 1000000000L;
  }
  pthread_mutex_lock(&watch->lock);
  int code = 0;
  while (!watch->is_over && watch->descriptor >= 0 && code != ETIMEDOUT)
    code = pthread_cond_timedwait(&watch->changed, &watch->lock, &end);
  if (!watch->is_over && watch->descriptor >= 0) shutdown(watch->descriptor, SHUT_RDWR);
  pthread_mutex_unlock(&watch->lock);
  return NULL;
}

static void cldap_watch_set(cldap_watch *watch, int descriptor, int isOver) {
  pthread_mutex_lock(&watch->lock);
  watch->descriptor = descriptor;
  watch->is_over = isOver;
  pthread_cond_signal(&watch->changed);
  pthread_mutex_unlock(&watch->lock);
}

static void cldap_watch_join(cldap_watch *watch) {
  if (!watch->has_thread) return;
  pthread_join(watch->thread, NULL);
  watch->has_thread = 0;
}

static int cldap_watch_added(LDAP *ld, Sockbuf *buffer, LDAPURLDesc *server,
                             struct sockaddr *address, struct ldap_conncb *callbacks) {
  (void)ld;
  (void)server;
  (void)address;
  cldap_watch *watch = callbacks->lc_arg;
  ber_socket_t descriptor = -1;
  if (watch->is_over || ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &descriptor) != 1) return 0;
  cldap_watch_set(watch, -1, 0);
  cldap_watch_join(watch);
  watch->descriptor = (int)descriptor;
  watch->has_thread = pthread_create(&watch->thread, NULL, cldap_watch_run, watch) == 0;
  return 0;
}

static void cldap_watch_removed(LDAP *ld, Sockbuf *buffer, struct ldap_conncb *callbacks) {
  (void)ld;
  (void)buffer;
  cldap_watch *watch = callbacks->lc_arg;
  cldap_watch_set(watch, -1, watch->is_over);
}

cldap_watch *cldap_watch_begin(LDAP *ld, double seconds) {
  cldap_watch *watch = calloc(1, sizeof *watch);
  if (!watch) return NULL;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&watch->lock, NULL);
  pthread_cond_init(&watch->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  watch->seconds = seconds;
  watch->descriptor = -1;
  watch->callbacks.lc_add = cldap_watch_added;
  watch->callbacks.lc_del = cldap_watch_removed;
  watch->callbacks.lc_arg = watch;
  if (ldap_set_option(ld, LDAP_OPT_CONNECT_CB, &watch->callbacks) != LDAP_OPT_SUCCESS) {
    cldap_watch_free(watch);
    return NULL;
  }
  return watch;
}

void cldap_watch_end(cldap_watch *watch) {
  if (!watch) return;
  cldap_watch_set(watch, -1, 1);
  cldap_watch_join(watch);
}

void cldap_watch_free(cldap_watch *watch) {
  if (!watch) return;
  cldap_watch_end(watch);
  pthread_cond_destroy(&watch->changed);
  pthread_mutex_destroy(&watch->lock);
  free(watch);
}

int cldap_has_buffered(LDAP *ld) {
  Sockbuf *buffer = NULL;
  if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS || !buffer) return 0;
  return ber_sockbuf_ctrl(buffer, LBER_SB_OPT_DATA_READY, NULL) > 0;
}

// Reads what is there and never waits: libldap would wait for the rest of a message that a server
// has begun, however long that takes.
static int cldap_eager_setup(Sockbuf_IO_Desc *layer, void *arg) {
  (void)layer;
  (void)arg;
  return 0;
}
static int cldap_eager_remove(Sockbuf_IO_Desc *layer) {
  (void)layer;
  return 0;
}
static int cldap_eager_control(Sockbuf_IO_Desc *layer, int option, void *arg) {
  return LBER_SBIOD_CTRL_NEXT(layer, option, arg);
}
static ber_slen_t cldap_eager_read(Sockbuf_IO_Desc *layer, void *buffer, ber_len_t size) {
  ber_socket_t descriptor = -1;
  ber_sockbuf_ctrl(layer->sbiod_sb, LBER_SB_OPT_GET_FD, &descriptor);
  return recv(descriptor, buffer, size, MSG_DONTWAIT);
}
static ber_slen_t cldap_eager_write(Sockbuf_IO_Desc *layer, void *buffer, ber_len_t size) {
  return LBER_SBIOD_WRITE_NEXT(layer, buffer, size);
}
static Sockbuf_IO cldap_eager = {
    cldap_eager_setup, cldap_eager_remove, cldap_eager_control,
    cldap_eager_read,  cldap_eager_write,  NULL,
};

int cldap_tune(LDAP *ld, size_t most) {
  Sockbuf *buffer = NULL;
  ber_len_t limit = most;
  if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS || !buffer) return -1;
  ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &limit);
  // Between the socket and what encrypts.
  if (ber_sockbuf_add_io(buffer, &cldap_eager, LBER_SBIOD_LEVEL_PROVIDER + 1, NULL) != 0) return -1;
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
