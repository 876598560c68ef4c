// Calls of SQLite that Swift can't make: those that take a list of arguments of any length.
#pragma once

// Sets SQLite up for this process; once, before its first database is opened. Returns its result
// code.
//
// It counts no memory then: counting takes a lock with every allocation, of which bulk work makes
// some hundred for each object (sqlite.org/malloc.html §3.5).
int csq_configure(void);

// Reads the `user_version` that stands in the database file at `path` itself, whatever a journal
// beside it says; 0 where it could, else SQLite's result code.
//
// By a connection of SQLite's: a process that closes any other descriptor of such a file loses all
// locks that its connections hold on it (sqlite.org/howtocorrupt.html §2.2).
int csq_version_in_file(const char *path, int *version);
