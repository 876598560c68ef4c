// Results instead of exceptions, so that nothing can be thrown through a caller that is not C++.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include "include/ctoml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <deque>
#include <new>
#include <sstream>
#include <string>
#include <vector>

struct ctoml_document {
  toml::parse_result result;
  std::vector<ctoml_node> nodes;
  // A deque never moves its elements, so nodes may point into them.
  std::deque<std::string> texts;
  bool failed = false;
  std::string error;
  ctoml_place error_place{1, 1};

  explicit ctoml_document(toml::parse_result &&parsed) : result(std::move(parsed)) {}
};

namespace {

ctoml_place place(const toml::source_region &region) {
  return {static_cast<uint32_t>(region.begin.line), static_cast<uint32_t>(region.begin.column)};
}

template <typename T>
void date_time(ctoml_document &document, ctoml_node &record, const T &value) {
  std::ostringstream out;
  out << value;
  const std::string &text = document.texts.emplace_back(out.str());
  record.kind = CTOML_DATE_TIME;
  record.text = text.data();
  record.text_length = text.size();
}

void scalar(ctoml_document &document, ctoml_node &record, const toml::node &node) {
  if (auto text = node.as_string()) {
    record.kind = CTOML_STRING;
    record.text = text->get().data();
    record.text_length = text->get().size();
  } else if (auto integer = node.as_integer()) {
    record.kind = CTOML_INTEGER;
    record.integer = integer->get();
  } else if (auto real = node.as_floating_point()) {
    record.kind = CTOML_FLOAT;
    record.real = real->get();
  } else if (auto boolean = node.as_boolean()) {
    record.kind = CTOML_BOOLEAN;
    record.boolean = boolean->get();
  } else if (auto date = node.as_date()) {
    date_time(document, record, date->get());
  } else if (auto time = node.as_time()) {
    date_time(document, record, time->get());
  } else if (auto both = node.as_date_time()) {
    date_time(document, record, both->get());
  }
}

struct entry {
  const toml::key *key;
  const toml::node *node;
};

// toml++ keeps a table sorted by key; its keys' places restore the order of the file.
std::vector<entry> entries(const toml::table &table) {
  std::vector<entry> list;
  list.reserve(table.size());
  for (auto it = table.cbegin(); it != table.cend(); ++it) {
    list.push_back({&it->first, &it->second});
  }
  std::stable_sort(list.begin(), list.end(), [](const entry &a, const entry &b) {
    const auto &x = a.key->source().begin;
    const auto &y = b.key->source().begin;
    return x.line != y.line ? x.line < y.line : x.column < y.column;
  });
  return list;
}

void append(ctoml_document &document, const toml::node &node, const toml::key *key) {
  ctoml_node record{};
  record.place = place(node.source());
  if (key) {
    record.key = key->data();
    record.key_length = key->length();
    record.key_place = place(key->source());
  }
  if (auto table = node.as_table()) {
    record.kind = CTOML_TABLE;
    record.children = table->size();
    document.nodes.push_back(record);
    for (const entry &child : entries(*table)) append(document, *child.node, child.key);
  } else if (auto array = node.as_array()) {
    record.kind = CTOML_ARRAY;
    record.children = array->size();
    document.nodes.push_back(record);
    for (const toml::node &child : *array) append(document, child, nullptr);
  } else {
    scalar(document, record, node);
    document.nodes.push_back(record);
  }
}

}  // namespace

extern "C" ctoml_document *ctoml_parse(const char *text, size_t length) {
  try {
    auto document = std::make_unique<ctoml_document>(toml::parse(std::string_view(text, length)));
    if (document->result) {
      append(*document, document->result.table(), nullptr);
    } else {
      const toml::parse_error &error = document->result.error();
      document->failed = true;
      document->error = std::string(error.description());
      document->error_place = place(error.source());
    }
    return document.release();
  } catch (...) {
    return nullptr;
  }
}

extern "C" const char *ctoml_error(const ctoml_document *document, ctoml_place *place) {
  if (!document->failed) return nullptr;
  *place = document->error_place;
  return document->error.c_str();
}

extern "C" const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count) {
  *count = document->nodes.size();
  return document->nodes.data();
}

extern "C" void ctoml_free(ctoml_document *document) { delete document; }
