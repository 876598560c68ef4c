// libvterm and a pseudo terminal for tests, flattened to what Swift can read.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { VT_CELL_CHARACTERS = 6 };

typedef struct VTScreen VTScreen;
typedef struct {
  uint32_t characters[VT_CELL_CHARACTERS];  // 0 ends
  int width, is_right_half, bold, italic, underline, reverse;
  int foreground, background;  // -1 default, 0 to 255 an index, 0x1RRGGBB exact
} VTCell;

VTScreen *vt_open(int rows, int columns);
void vt_close(VTScreen *screen);
void vt_feed(VTScreen *screen, const char *bytes, size_t count);
void vt_resize(VTScreen *screen, int rows, int columns);
VTCell vt_cell(VTScreen *screen, int row, int column);
int vt_cursor_row(VTScreen *screen);
int vt_cursor_column(VTScreen *screen);
int vt_cursor_is_visible(VTScreen *screen);
int vt_is_alternate(VTScreen *screen);
int vt_bells(VTScreen *screen);
const char *vt_title(VTScreen *screen);

// Starts a program on a pseudo terminal of its own; returns its process id or a negative errno.
int vt_spawn(
    int *master, int rows, int columns, const char *path, char *const argv[], char *const envp[]);
void vt_set_size(int master, int rows, int columns);
// How many bytes were typed that nobody has read yet; -1 if that can't be told.
int vt_unread(int master);
// 1 when the terminal is in the modes of a shell: whole lines, echo, signals by key.
int vt_is_canonical(int master);
// The exit status, 1000 + signal, -1 when it still runs, -2 when there is no such child.
int vt_wait(int pid, int options);
