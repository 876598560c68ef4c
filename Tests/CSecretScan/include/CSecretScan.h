// Looks at every place of memory whether one of many patterns may begin there.
#ifndef LOCKSTEP_CSECRETSCAN_H
#define LOCKSTEP_CSECRETSCAN_H

#include <stddef.h>
#include <stdint.h>

// The first bytes of a pattern that count, and the size of a filter in bytes.
enum { CSS_PREFIX = 8, CSS_FILTER = 1 << 19 };

// Notes in `filter` a pattern that begins with the CSS_PREFIX bytes at `prefix`, each of which is
// combined with `mask` by exclusive or.
void css_note(uint8_t *filter, const uint8_t *prefix, uint8_t mask);

// The first place from `from` on at which a noted pattern may begin; `count` if there is none.
size_t css_next(const uint8_t *filter, const uint8_t *data, size_t count, size_t from);

#endif
