#include "gateway/message_types.h"

namespace salesops::gateway {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

absl::string_view TypeOfUrl(absl::string_view url) {
  const size_t slash = url.rfind('/');
  return slash == absl::string_view::npos ? absl::string_view() : url.substr(slash + 1);
}

const Message* FindPrototype(const Message& holder, absl::string_view full_name) {
  if (full_name.empty()) return nullptr;
  const std::string name(full_name);
  if (const Descriptor* type =
          holder.GetDescriptor()->file()->pool()->FindMessageTypeByName(name)) {
    if (const Message* found = holder.GetReflection()->GetMessageFactory()->GetPrototype(type)) {
      return found;
    }
  }
  const Descriptor* type = DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  return type == nullptr ? nullptr : MessageFactory::generated_factory()->GetPrototype(type);
}

bool IsWrittenAsValue(const Descriptor& type) {
  return type.well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
}

}  // namespace salesops::gateway
