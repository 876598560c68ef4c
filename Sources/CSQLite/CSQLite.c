#include "CSQLite.h"

#include <sqlite3.h>
#include <stddef.h>

__attribute__((constructor)) static void configure(void) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int csq_counts_memory(void) {
    void *some = sqlite3_malloc(64);
    sqlite3_int64 used = sqlite3_memory_used();
    sqlite3_free(some);
    return used != 0;
}

int csq_version_in_file(const char *path, int *version) {
    sqlite3 *connection = NULL;
    int result = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY, NULL);
    sqlite3_file *file = NULL;
    if (result == SQLITE_OK) {
        result = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    }
    if (result == SQLITE_OK && (file == NULL || file->pMethods == NULL)) result = SQLITE_CANTOPEN;
    unsigned char bytes[4] = {0};
    // Where the header has it, most significant byte first (sqlite.org/fileformat.html §1.3).
    if (result == SQLITE_OK) result = file->pMethods->xRead(file, bytes, sizeof bytes, 60);
    if (result == SQLITE_OK) {
        *version = (int)((unsigned)bytes[0] << 24 | (unsigned)bytes[1] << 16
                         | (unsigned)bytes[2] << 8 | (unsigned)bytes[3]);
    }
    sqlite3_close(connection);
    return result;
}
