#include "shared/mysql/driver.h"

#include <mysql_driver.h>

#include "shared/mysql/database.h"

namespace salesops::mysql {
namespace {

thread_local int registrations = 0;

}  // namespace

sql::mysql::MySQL_Driver& Driver() {
  static sql::mysql::MySQL_Driver* driver = sql::mysql::get_driver_instance();
  return *driver;
}

void RegisterThisThread() { static thread_local ThreadRegistration until_thread_ends; }

ThreadRegistration::ThreadRegistration() {
  if (registrations++ == 0) Driver().threadInit();
}

ThreadRegistration::~ThreadRegistration() {
  if (--registrations == 0) Driver().threadEnd();
}

}  // namespace salesops::mysql
