# Writes OUT/NAME.{h,cc}: for each of FILES a constant of its text, in namespace salesops::gateway,
# called k + the file's name in CamelCase (page.css -> kPageCss).
set(declarations "")
set(definitions "")
foreach(path ${FILES})
  get_filename_component(file ${path} NAME)
  string(REGEX REPLACE "[._]" ";" words ${file})
  set(constant k)
  foreach(word ${words})
    string(SUBSTRING ${word} 0 1 first)
    string(SUBSTRING ${word} 1 -1 rest)
    string(TOUPPER ${first} first)
    string(APPEND constant ${first}${rest})
  endforeach()
  file(READ ${path} text)
  string(APPEND declarations "extern const char ${constant}[];\n")
  string(APPEND definitions "const char ${constant}[] = R\"salesops(${text})salesops\";\n")
endforeach()
file(WRITE ${OUT}/${NAME}.h
  "#pragma once\nnamespace salesops::gateway {\n${declarations}}  // namespace salesops::gateway\n")
file(WRITE ${OUT}/${NAME}.cc
  "#include \"gateway/${NAME}.h\"\nnamespace salesops::gateway {\n${definitions}}\n")
