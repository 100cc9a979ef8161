#include "services/pipeline/store/competitor_store.h"

#include "services/pipeline/store/referred_rows.h"

namespace salesops::pipeline::store {

using domain::Competitor;
using records::Col;
using records::JsonCol;
using records::Key;

const records::Table<Competitor>& Competitors() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<Competitor>::Options options;
    options.indexes = {"competitor_display_name", "competitor_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "competitors/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"website", {.sql = "r.website"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Competitor>(
        "competitor", std::move(options),
        {Key("id", &Competitor::id), Col("display_name", &Competitor::display_name),
         Col("website", &Competitor::website), Col("strengths", &Competitor::strengths),
         Col("weaknesses", &Competitor::weaknesses),
         JsonCol("external_keys", &Competitor::external_keys),
         JsonCol("attributes", &Competitor::attributes)});
  }();
  return *table;
}

absl::StatusOr<std::map<std::string, CompetitorState>> FindCompetitors(
    mysql::Connection& c, const std::vector<std::string>& ids) {
  return FindRows<CompetitorState>(c, "competitor", "", ids, [](mysql::Row&, CompetitorState*) {});
}

}  // namespace salesops::pipeline::store
