#define _GNU_SOURCE
#include "CVTerm.h"
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

struct VTScreen {
  VTerm *terminal;
  VTermScreen *screen;
  VTermPos cursor;
  int is_alternate, cursor_is_visible, bells;
  char title[256];
};

static int on_move(VTermPos position, VTermPos old, int visible, void *user) {
  (void)old;
  (void)visible;
  ((VTScreen *)user)->cursor = position;
  return 1;
}

static int on_property(VTermProp property, VTermValue *value, void *user) {
  VTScreen *screen = user;
  if (property == VTERM_PROP_ALTSCREEN) screen->is_alternate = value->boolean;
  if (property == VTERM_PROP_CURSORVISIBLE) screen->cursor_is_visible = value->boolean;
  if (property == VTERM_PROP_TITLE && value->string) {
    strncpy(screen->title, value->string, sizeof screen->title - 1);
  }
  return 1;
}

static int on_bell(void *user) {
  ((VTScreen *)user)->bells++;
  return 1;
}

static const VTermScreenCallbacks callbacks = {
    .movecursor = on_move, .settermprop = on_property, .bell = on_bell};

VTScreen *vt_open(int rows, int columns) {
  VTScreen *screen = calloc(1, sizeof *screen);
  screen->terminal = vterm_new(rows, columns);
  vterm_set_utf8(screen->terminal, 1);
  screen->screen = vterm_obtain_screen(screen->terminal);
  screen->cursor_is_visible = 1;
  vterm_screen_enable_altscreen(screen->screen, 1);
  vterm_screen_set_callbacks(screen->screen, &callbacks, screen);
  vterm_screen_reset(screen->screen, 1);
  return screen;
}

void vt_close(VTScreen *screen) {
  vterm_free(screen->terminal);
  free(screen);
}

void vt_feed(VTScreen *screen, const char *bytes, size_t count) {
  vterm_input_write(screen->terminal, bytes, count);
  vterm_screen_flush_damage(screen->screen);
}

void vt_resize(VTScreen *screen, int rows, int columns) {
  vterm_set_size(screen->terminal, rows, columns);
}

static int color_of(VTermColor color, int is_default) {
  if (is_default) return -1;
  if (VTERM_COLOR_IS_INDEXED(&color)) return color.indexed.idx;
  return 0x1000000 | color.rgb.red << 16 | color.rgb.green << 8 | color.rgb.blue;
}

VTCell vt_cell(VTScreen *screen, int row, int column) {
  VTermScreenCell cell;
  memset(&cell, 0, sizeof cell);
  VTCell result = {0};
  VTermPos place = {.row = row, .col = column};
  if (!vterm_screen_get_cell(screen->screen, place, &cell)) return result;
  for (int i = 0; i < VT_CELL_CHARACTERS && cell.chars[i]; i++) result.characters[i] = cell.chars[i];
  // The right half of a wide cell is all ones in libvterm.
  if (cell.chars[0] == (uint32_t)-1) result.characters[0] = 0, result.is_right_half = 1;
  result.width = cell.width;
  result.bold = cell.attrs.bold;
  result.italic = cell.attrs.italic;
  result.underline = cell.attrs.underline != 0;
  result.reverse = cell.attrs.reverse;
  result.foreground = color_of(cell.fg, VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
  result.background = color_of(cell.bg, VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
  return result;
}

int vt_cursor_row(VTScreen *screen) { return screen->cursor.row; }
int vt_cursor_column(VTScreen *screen) { return screen->cursor.col; }
int vt_cursor_is_visible(VTScreen *screen) { return screen->cursor_is_visible; }
int vt_is_alternate(VTScreen *screen) { return screen->is_alternate; }
int vt_bells(VTScreen *screen) { return screen->bells; }
const char *vt_title(VTScreen *screen) { return screen->title; }

int vt_spawn(
    int *master, int rows, int columns, const char *path, char *const argv[], char *const envp[]) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  pid_t pid = forkpty(master, NULL, NULL, &size);
  if (pid == 0) {
    // Threads of a test run block signals, and a child inherits that.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int signal = 1; signal < NSIG; signal++) {
      struct sigaction standard = {.sa_handler = SIG_DFL};
      sigaction(signal, &standard, NULL);
    }
    execve(path, argv, envp);
    _exit(127);
  }
  if (pid > 0) fcntl(*master, F_SETFD, FD_CLOEXEC);
  return pid > 0 ? pid : -errno;
}

void vt_set_size(int master, int rows, int columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  ioctl(master, TIOCSWINSZ, &size);
}

int vt_unread(int master) {
  char name[128];
  if (ptsname_r(master, name, sizeof name) != 0) return -1;
  int slave = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (slave < 0) return -1;
  int count = -1;
  if (ioctl(slave, FIONREAD, &count) < 0) count = -1;
  close(slave);
  return count;
}

int vt_is_canonical(int master) {
  struct termios modes;
  return tcgetattr(master, &modes) == 0 && (modes.c_lflag & ICANON) && (modes.c_lflag & ECHO)
         && (modes.c_lflag & ISIG);
}

int vt_wait(int pid, int options) {
  int status = 0;
  pid_t result = waitpid(pid, &status, options);
  if (result == 0) return -1;
  if (result < 0) return -2;
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}
