#define _GNU_SOURCE
#include <malloc.h>
#include "CSystem.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int cs_disable_core_dumps(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) < 0) return -errno;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

void cs_raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  rlim_t wanted = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Async-signal-safe. A folder may belong to another account than this process: what that one put at
// the path, a link to a file of a third account or a second name of it, is not written to. Without
// O_NONBLOCK a pipe that nobody reads would be waited for.
int cs_open_own(const char *path, int flags) {
  int file = open(path, flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (file < 0) return -errno;
  struct stat found;
  int error = fstat(file, &found) < 0       ? errno
              : !S_ISREG(found.st_mode)     ? EPERM
              : found.st_nlink > 1          ? EMLINK
                                            : 0;
  if (error == 0) return file;
  close(file);
  return -error;
}

// Runs between fork and exec: async-signal-safe calls only.
static void become_program(
    const char *path, char *const argv[], char *const envp[], const char *log, const char *cwd,
    int report) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int in = open("/dev/null", O_RDONLY);
  int out = log ? cs_open_own(log, O_WRONLY | O_APPEND) : open("/dev/null", O_WRONLY);
  if (out < 0 && log) errno = -out;
  int failed = in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0
               || (cwd && chdir(cwd) < 0);
  if (!failed) {
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    execve(path, argv, envp);
  }
  int error = -errno;
  if (write(report, &error, sizeof error) < 0) {}
  _exit(127);
}

pid_t cs_spawn_detached(
    const char *path, char *const argv[], char *const envp[], const char *log, const char *cwd) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) < 0) return -errno;
  // Keep the report clear of 0, 1 and 2, which the child replaces.
  for (int i = 0; i < 2; i++) {
    int moved = fcntl(report[i], F_DUPFD_CLOEXEC, 3);
    close(report[i]);
    report[i] = moved;
  }
  sigset_t all, mask;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &mask);
  pid_t middle = fork();
  if (middle == 0) {
    // The program's parent ends at once, so that init adopts it and no terminal can be acquired.
    setsid();
    pid_t program = fork();
    if (program == 0) become_program(path, argv, envp, log, cwd, report[1]);
    int answer = program < 0 ? -errno : program;
    if (write(report[1], &answer, sizeof answer) < 0) {}
    _exit(0);
  }
  int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  close(report[1]);
  pid_t result = middle < 0 ? -fork_error : -EIO;
  // The pid, and from a failed child its error, in either order; exec closes the pipe.
  int answer;
  for (ssize_t n; (n = read(report[0], &answer, sizeof answer)) != 0;) {
    if (n < 0 && errno != EINTR) break;
    if (n == sizeof answer && (answer < 0 || result == -EIO)) result = answer;
    if (answer < 0) break;
  }
  close(report[0]);
  if (middle > 0)
    while (waitpid(middle, NULL, 0) < 0 && errno == EINTR) {}
  return result;
}

int cs_process_alive(pid_t pid) { return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM); }

int cs_try_lock(const char *path) {
  int lock = cs_open_own(path, O_RDWR);
  if (lock < 0) return lock;
  if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
    int error = errno;
    close(lock);
    return -error;
  }
  char text[24];
  int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
  // Cut to its length last: on a disk that is full there is room where something was before.
  errno = ENOSPC;
  if (pwrite(lock, text, (size_t)length, 0) != length || ftruncate(lock, length) < 0) {
    int error = errno;
    close(lock);
    return -error;
  }
  return lock;
}

// A child that is just being started still has the descriptor: closing alone would leave the lock
// with it.
void cs_unlock(int lock) {
  flock(lock, LOCK_UN);
  close(lock);
}

pid_t cs_lock_holder(const char *path) {
  char text[24] = {0};
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
  ssize_t length = read(file, text, sizeof text - 1);
  int error = errno;
  close(file);
  if (length < 0) return -error;
  return length > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

int64_t cs_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int cs_terminal_size(int descriptor, int *columns, int *rows) {
  struct winsize size = {0};
  if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return -errno;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}

int cs_readable_bytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) < 0 ? -errno : count;
}

void cs_keep_memory(void) {
    // Fast bins are merged whenever a large buffer is let go of, which takes a tenth of the time where
    // batches of small values come and go; what threads keep of their own (tcache) serves as well.
    mallopt(M_MXFAST, 0);
    mallopt(M_TRIM_THRESHOLD, 32 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
    // A fixed threshold, since one that adapts would let whole arenas fill with large buffers.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}
