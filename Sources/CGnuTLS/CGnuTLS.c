#include "CGnuTLS.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

// What came or went over an encrypted connection lies as plain text in GnuTLS's records, hashes of
// passwords among it: nothing of it is given back as it is. GnuTLS keeps the functions in variables
// for that purpose; what it took with malloc before can be given back through these too.
static void cgnutls_wipe(void *memory) {
  if (memory) explicit_bzero(memory, malloc_usable_size(memory));
  free(memory);
}
static void *cgnutls_move(void *memory, size_t size) {
  void *moved = malloc(size);
  if (memory && moved) {
    size_t before = malloc_usable_size(memory);
    memcpy(moved, memory, before < size ? before : size);
    cgnutls_wipe(memory);
  }
  return moved;
}

// Before main, when no other thread is there to see half of it.
__attribute__((constructor)) static void cgnutls_set_up(void) {
#undef gnutls_free
  gnutls_free = cgnutls_wipe;
  gnutls_realloc = cgnutls_move;
}
