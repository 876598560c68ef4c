// Small calls on the operating system that Swift can't make, or can't make safely: signal handlers,
// fork, locks held by the kernel. Functions return 0 or a value, or a negative errno.
#pragma once
#include <stdint.h>
#include <sys/types.h>

// --- Signals -------------------------------------------------------------------------------------

// Installs a handler for each signal that writes its number to a pipe, and returns the pipe's read
// end (non-blocking, close-on-exec). Further calls add signals to the same pipe.
int cs_signals_open(const int *signals, int count);
// The number of the next signal that arrived, 0 when there is none.
int cs_signals_next(void);
// While another program has the terminal: ^C and ^\\ are for that one alone, and ^Z stops this one,
// too, so that the shell gets the terminal back. cs_signals_inside undoes it.
void cs_signals_outside(void);
void cs_signals_inside(void);
// Puts back the handlers that were there before and closes the pipe.
void cs_signals_close(void);
// From now on a signal that ends the program (SIGTERM, SIGHUP, SIGINT, SIGQUIT) has two seconds to be
// taken, and the program eight more until cs_signals_close: it leaves by _exit(128 + signal) then, with
// cs_crash_leave. For a program whose terminal may take no output.
void cs_signals_limit_end(void);
// Two seconds from now, if such a signal has come.
void cs_signals_hurry(void);
// Stops the process group as ^Z does and returns when it was continued.
void cs_stop_process_group(void);

// --- Waking a thread that waits in poll() -------------------------------------------------------

// A descriptor that becomes readable when it is posted to.
int cs_wake_open(void);
// From any thread or signal handler; posts that nobody took count as one.
void cs_wake_post(int wake);
// 1 when somebody posted since the last time.
int cs_wake_take(int wake);

// --- Crashes -------------------------------------------------------------------------------------

// Gives the terminal back on SIGSEGV, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGTRAP, SIGSYS and on exit():
// writes the restore sequence and sets the modes that the terminal has now. A signal then takes its
// course: with the handler that was there before (`chain` not 0), or the system's default.
int cs_crash_guard(int terminal, int chain);
// What is written to the terminal then; at most 511 bytes count.
void cs_crash_set_restore(const char *sequence);
// Takes the guard away.
void cs_crash_unguard(void);
// Gives the terminal back without waiting for it, for whoever leaves by _exit.
void cs_crash_leave(void);

// --- Processes -----------------------------------------------------------------------------------

// No core file and no reading of this process's memory by others of the same user.
int cs_disable_core_dumps(void);
// Opens a file for writing, creating it with mode 0600, and returns its descriptor; `flags` are those
// of open(2). Only a regular file with this one name is opened: -ELOOP for a link, -EMLINK for a file
// that has another name, -EPERM for what is no file.
int cs_open_own(const char *path, int flags);
// Starts a program that outlives this process and its terminal: a session of its own, standard input
// from /dev/null, output appended to `log` (as cs_open_own opens it; /dev/null when NULL), no inherited descriptors, default
// signal handlers, an empty signal mask. Returns its process id; when the program could not be
// executed, the negative errno of the attempt.
pid_t cs_spawn_detached(
    const char *path, char *const argv[], char *const envp[], const char *log, const char *cwd);
// 1 when a process of that id exists, whoever owns it.
int cs_process_alive(pid_t pid);

// Has the allocator keep what it got for a while: programs that fill and empty batches would otherwise
// give memory back and ask for it again some thousand times a second (mallopt(3), M_TRIM_THRESHOLD).
void cs_keep_memory(void);

// --- Leases --------------------------------------------------------------------------------------

// Takes the exclusive lock of a file, creating it, and writes this process's id into it. Returns a
// descriptor that holds the lock until it is closed or the process ends; -EWOULDBLOCK when another
// holds it.
int cs_try_lock(const char *path);
// Lets the lock go.
void cs_unlock(int lock);
// The process id written in a lock file, 0 when there is none, a negative errno when the file is there
// and can't be read. It says who, not whether.
pid_t cs_lock_holder(const char *path);

// --- Addresses -----------------------------------------------------------------------------------

// 1 when what is sent to `host` never leaves this machine: `localhost`, all of 127.0.0.0/8 (RFC 1122
// section 3.2.1.3), and ::1.
int cs_is_this_machine(const char *host);

// --- Clock and terminal --------------------------------------------------------------------------

// Lets the process have as many files and connections open as its hard limit says, at most 65536
// (setrlimit(2), RLIMIT_NOFILE): a usual soft limit of 1024 is soon used up by a server.
void cs_raise_file_limit(void);
// Nanoseconds since an unspecified start, never going backwards.
int64_t cs_monotonic_nanoseconds(void);
// The size of the terminal behind a descriptor.
int cs_terminal_size(int descriptor, int *columns, int *rows);
// How many bytes can be read from a descriptor at once.
int cs_readable_bytes(int descriptor);
