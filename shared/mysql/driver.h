#pragma once

// The connector's driver, fetched once per process: its registry of drivers is not synchronised.
//
// Thread-safety: safe from any thread.

namespace sql::mysql {
class MySQL_Driver;
}

namespace salesops::mysql {

sql::mysql::MySQL_Driver& Driver();

// Registers the calling thread with the driver until the thread ends. Cheap when done before.
void RegisterThisThread();

}  // namespace salesops::mysql
