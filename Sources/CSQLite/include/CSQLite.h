// Calls of SQLite that Swift can't make: those that take a list of arguments of any length.
#pragma once

// Sets SQLite up for this process; once, before its first database is opened. Returns its result
// code.
//
// It counts no memory then: counting takes a lock with every allocation, of which bulk work makes
// some hundred for each object (sqlite.org/malloc.html §3.5).
int csq_configure(void);
