// The words of files of statements: `using namespace store::words` in place of a list of them.
#pragma once
#include "store/columns.h"
#include "store/database.h"

namespace troupe::store::words {

using store::column;
using store::computed;
using store::Connection;
using store::sql;
using store::Tx;
using store::Value;

}  // namespace troupe::store::words
