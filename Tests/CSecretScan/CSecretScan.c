#include "CSecretScan.h"

#include <string.h>

static uint32_t place(uint64_t prefix) {
  return (uint32_t)((prefix * UINT64_C(0x9E3779B97F4A7C15)) >> 42);
}

void css_note(uint8_t *filter, const uint8_t *prefix, uint8_t mask) {
  uint64_t bytes;
  memcpy(&bytes, prefix, sizeof bytes);
  bytes ^= UINT64_C(0x0101010101010101) * mask;
  uint32_t bit = place(bytes);
  filter[bit >> 3] |= (uint8_t)(1u << (bit & 7));
}

size_t css_next(const uint8_t *filter, const uint8_t *data, size_t count, size_t from) {
  for (size_t at = from; at + CSS_PREFIX <= count; at++) {
    uint64_t bytes;
    memcpy(&bytes, data + at, sizeof bytes);
    uint32_t bit = place(bytes);
    if (filter[bit >> 3] & (1u << (bit & 7))) return at;
  }
  return count;
}
