#define _GNU_SOURCE
#include "CSystem.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_int pipe_write = -1;
static int pipe_read = -1;
static struct sigaction previous[NSIG];
static unsigned char is_installed[NSIG];

// Where a terminal is at stake, what ends the program has so many seconds to be taken, and so many more
// until the terminal is given back: one that takes no output keeps whoever writes to it waiting for
// ever. An engine takes the time that it needs.
enum { taking_seconds = 2, ending_seconds = 8 };
static atomic_int ending, is_outside, has_alarm;
static struct sigaction previous_alarm;

static int ends_program(int signal) {
  return signal == SIGTERM || signal == SIGHUP || signal == SIGINT || signal == SIGQUIT;
}

static void on_alarm(int signal) {
  (void)signal;
  int number = atomic_load(&ending);
  if (!number) return;
  cs_crash_leave();
  _exit(128 + number);
}

static void note(int signal) {
  int saved = errno;
  int none = 0;
  if (ends_program(signal) && atomic_load(&has_alarm) && !atomic_load(&is_outside) &&
      atomic_compare_exchange_strong(&ending, &none, signal))
    alarm(taking_seconds);
  unsigned char number = (unsigned char)signal;
  // A full pipe loses a signal that is already waiting to be read.
  if (write(atomic_load(&pipe_write), &number, 1) < 0) {}
  errno = saved;
}

int cs_signals_open(const int *signals, int count) {
  if (pipe_read < 0) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    pipe_read = ends[0];
    atomic_store(&pipe_write, ends[1]);
  }
  struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
  sigfillset(&action.sa_mask);
  for (int i = 0; i < count; i++) {
    int signal = signals[i];
    if (signal <= 0 || signal >= NSIG || is_installed[signal]) continue;
    if (sigaction(signal, &action, &previous[signal]) < 0) return -errno;
    is_installed[signal] = 1;
  }
  return pipe_read;
}

int cs_signals_next(void) {
  unsigned char number = 0;
  if (pipe_read < 0 || read(pipe_read, &number, 1) != 1) return 0;
  if (number == atomic_load(&ending)) alarm(ending_seconds);
  return number;
}

void cs_signals_limit_end(void) {
  if (atomic_load(&has_alarm)) return;
  struct sigaction alarmed = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigfillset(&alarmed.sa_mask);
  if (sigaction(SIGALRM, &alarmed, &previous_alarm) == 0) atomic_store(&has_alarm, 1);
}

void cs_signals_hurry(void) {
  if (atomic_load(&ending)) alarm(taking_seconds);
}

static const int of_terminal[] = {SIGINT, SIGQUIT, SIGTSTP};
static struct sigaction kept[3];

void cs_signals_outside(void) {
  atomic_store(&is_outside, 1);
  for (int i = 0; i < 3; i++) {
    struct sigaction action = {.sa_handler = of_terminal[i] == SIGTSTP ? SIG_DFL : SIG_IGN};
    sigemptyset(&action.sa_mask);
    sigaction(of_terminal[i], &action, &kept[i]);
  }
}

void cs_signals_inside(void) {
  atomic_store(&is_outside, 0);
  for (int i = 0; i < 3; i++) sigaction(of_terminal[i], &kept[i], NULL);
}

void cs_signals_close(void) {
  for (int signal = 1; signal < NSIG; signal++) {
    if (is_installed[signal]) sigaction(signal, &previous[signal], NULL);
    is_installed[signal] = 0;
  }
  if (atomic_exchange(&has_alarm, 0)) {
    if (atomic_exchange(&ending, 0)) alarm(0);
    sigaction(SIGALRM, &previous_alarm, NULL);
  }
  if (pipe_read < 0) return;
  close(atomic_exchange(&pipe_write, -1));
  close(pipe_read);
  pipe_read = -1;
}

void cs_stop_process_group(void) {
  struct sigaction standard = {.sa_handler = SIG_DFL}, before;
  sigset_t stop, mask;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  sigaction(SIGTSTP, &standard, &before);
  pthread_sigmask(SIG_UNBLOCK, &stop, &mask);
  kill(0, SIGTSTP);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  sigaction(SIGTSTP, &before, NULL);
}

int cs_wake_open(void) {
  int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return wake < 0 ? -errno : wake;
}

void cs_wake_post(int wake) {
  int saved = errno;
  if (eventfd_write(wake, 1) < 0) {}
  errno = saved;
}

int cs_wake_take(int wake) {
  eventfd_t count;
  return eventfd_read(wake, &count) == 0;
}
