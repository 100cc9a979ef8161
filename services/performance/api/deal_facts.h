#pragma once

// The read model of pipeline's deals: their facts, only added, each told by a fact of performance's
// own, DealFactAdded. What a change adds is domain/incentives/deal_facts.h's rule.
//
// The model is never emptied. A deal's changes are applied once and in order, by its times, so the
// log of pipeline may be read again from its beginning (a rebuild, another log_id) and adds nothing
// that is known. What a restore of pipeline's backup took away of a deal stays here until the deal
// changes again.
//
// Archiving changes no fact: a deal stays won.
//
// Thread-safety: the functions are safe from any thread.

#include "shared/service/service.h"

namespace salesops::performance::api {

service::ReadModel DealFacts();

}  // namespace salesops::performance::api
