// Calls of SQLite that Swift can't make: those that take a list of arguments of any length, or that
// come before `main`.
#pragma once

// Whether SQLite counts the memory that it takes, for which it takes a lock of the whole process with
// every allocation; bulk work makes some hundred for each object (sqlite.org/malloc.html §3.5).
//
// A program that links this does not: it is said before `main`, as afterwards any part of the program
// may have a database open already, and SQLite takes no such setting any more.
int csq_counts_memory(void);

// Reads the `user_version` that stands in the database file at `path` itself, whatever a journal
// beside it says; 0 where it could, else SQLite's result code.
//
// By a connection of SQLite's: a process that closes any other descriptor of such a file loses all
// locks that its connections hold on it (sqlite.org/howtocorrupt.html §2.2).
int csq_version_in_file(const char *path, int *version);
