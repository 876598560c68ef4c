#include "CNettle.h"

#include <string.h>

// The digests work on the stack, in frames that are gone when they return; a frame of the same depth
// reaches all of what they left.
__attribute__((noinline)) void cn_scrub_stack(void) {
  unsigned char room[8192];
  explicit_bzero(room, sizeof room);
}
