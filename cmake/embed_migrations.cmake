# Writes OUT/NAME.{h,cc}: the SQL files FILES as a mysql::MigrationSet.
string(REPLACE "_" ";" words ${NAME})
set(camel "")
foreach(word ${words})
  string(SUBSTRING ${word} 0 1 first)
  string(SUBSTRING ${word} 1 -1 rest)
  string(TOUPPER ${first} first)
  string(APPEND camel ${first}${rest})
endforeach()
set(body "")
foreach(path ${FILES})
  get_filename_component(file ${path} NAME)
  string(REGEX MATCH "^[0-9]+" digits ${file})
  math(EXPR number "${digits}")
  file(READ ${path} sql)
  string(APPEND body "      {${number}, \"${file}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUT}/${NAME}.h
  "#pragma once\n#include \"shared/mysql/migrations.h\"\n"
  "namespace salesops {\nconst mysql::MigrationSet& ${camel}Migrations();\n}\n")
file(WRITE ${OUT}/${NAME}.cc
  "#include \"migrations/${NAME}.h\"\n"
  "namespace salesops {\nconst mysql::MigrationSet& ${camel}Migrations() {\n"
  "  static const auto* set = new mysql::MigrationSet{\"${COMPONENT}\", {\n${body}  }};\n"
  "  return *set;\n}\n}\n")
