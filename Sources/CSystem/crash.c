#define _GNU_SOURCE
#include "CSystem.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int fatal[] = {SIGSEGV, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGTRAP, SIGSYS};
enum { fatal_count = sizeof fatal / sizeof *fatal, stack_size = 64 * 1024 };

static struct sigaction previous[fatal_count];
static struct termios saved_modes;
static int has_saved_modes, is_guarding, is_registered, terminal_descriptor = -1, chains;
static char restore_sequence[512];
static volatile size_t restore_length;
static void *own_stack;

static void restore_modes(void) {
  if (!has_saved_modes) return;
  // A process in the background would be stopped by SIGTTOU here, and never end.
  sigset_t block, mask;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &block, &mask);
  tcsetattr(terminal_descriptor, TCSANOW, &saved_modes);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

static void give_back(void) {
  if (!is_guarding) return;
  if (write(terminal_descriptor, restore_sequence, restore_length) < 0) {}
  restore_modes();
}

void cs_crash_leave(void) {
  if (!is_guarding) return;
  // What the terminal has not taken is thrown away, and what it does not take now is not waited for.
  int flags = fcntl(terminal_descriptor, F_GETFL);
  if (flags >= 0) fcntl(terminal_descriptor, F_SETFL, flags | O_NONBLOCK);
  tcflush(terminal_descriptor, TCOFLUSH);
  give_back();
  if (flags >= 0) fcntl(terminal_descriptor, F_SETFL, flags);
}

static void on_crash(int signal) {
  give_back();
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int i = 0; i < fatal_count; i++)
    sigaction(fatal[i], chains ? &previous[i] : &standard, NULL);
  // The signal is blocked while its handler runs, so it strikes again on return.
  raise(signal);
}

void cs_crash_set_restore(const char *sequence) {
  restore_length = 0;
  size_t length = strnlen(sequence, sizeof restore_sequence - 1);
  memcpy(restore_sequence, sequence, length);
  restore_length = length;
}

int cs_crash_guard(int terminal, int chain) {
  if (is_guarding) cs_crash_unguard();
  terminal_descriptor = terminal;
  has_saved_modes = tcgetattr(terminal, &saved_modes) == 0;
  chains = chain;
  restore_length = 0;
  // A stack overflow leaves no stack for its handler. Swift's runtime may have set one already.
  stack_t present;
  if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE)) {
    own_stack = malloc(stack_size);
    stack_t stack = {.ss_sp = own_stack, .ss_size = stack_size};
    if (own_stack) sigaltstack(&stack, NULL);
  }
  struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
  sigfillset(&action.sa_mask);
  for (int i = 0; i < fatal_count; i++)
    if (sigaction(fatal[i], &action, &previous[i]) < 0) return -errno;
  is_guarding = 1;
  if (!is_registered) is_registered = atexit(give_back) == 0;
  return 0;
}

void cs_crash_unguard(void) {
  if (!is_guarding) return;
  for (int i = 0; i < fatal_count; i++) sigaction(fatal[i], &previous[i], NULL);
  if (own_stack) {
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(own_stack);
    own_stack = NULL;
  }
  is_guarding = 0;
}
