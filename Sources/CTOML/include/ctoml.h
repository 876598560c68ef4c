// TOML 1.0 (https://toml.io) for C callers: toml++ behind a flat list of nodes, each with its place.
#ifndef LOCKSTEP_CTOML_H
#define LOCKSTEP_CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ctoml_kind {
  CTOML_TABLE = 0,
  CTOML_ARRAY = 1,
  CTOML_STRING = 2,
  CTOML_INTEGER = 3,
  CTOML_FLOAT = 4,
  CTOML_BOOLEAN = 5,
  CTOML_DATE_TIME = 6
} ctoml_kind;

/// A place in the parsed text, in lines and characters from 1.
typedef struct ctoml_place {
  uint32_t line;
  uint32_t column;
} ctoml_place;

/// One node. The list is in depth-first order: a table or an array is followed by its `children`
/// direct children, each with everything below it; those of a table are in the order of the file.
typedef struct ctoml_node {
  ctoml_kind kind;
  ctoml_place place;
  /// The key in the surrounding table, UTF-8, not terminated; NULL in an array and at the root.
  const char *key;
  size_t key_length;
  ctoml_place key_place;
  size_t children;
  /// The text of a string, or of a date or time as RFC 3339 prints it; NULL for other kinds.
  const char *text;
  size_t text_length;
  int64_t integer;
  double real;
  bool boolean;
} ctoml_node;

typedef struct ctoml_document ctoml_document;

/// Parses `length` bytes of UTF-8. Never throws; NULL only if memory ran out.
/// The caller frees the result with ctoml_free, which ends the life of all its nodes.
ctoml_document *ctoml_parse(const char *text, size_t length);

/// What is wrong with the text, terminated by NUL, or NULL if nothing is; `place` is then set.
const char *ctoml_error(const ctoml_document *document, ctoml_place *place);

/// The nodes, the root table first; `count` is 0 if the text is wrong.
const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count);

void ctoml_free(ctoml_document *document);

#ifdef __cplusplus
}
#endif

#endif
