# Our comments are plain ones and plain text: this makes them Doxygen's. A comment above a namespace is one on the file.
# Private members are left out.
function plain(text,    out, c, i, quoted) {    # outside of `code` and "quotes" < and > begin no tag, and -- is no dash
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c ~ /[`"]/) {
            quoted = !quoted
        } else if (!quoted && (c ~ /[<>]/ || substr(text, i, 2) == "--")) {
            c = "\\" c
        }
        out = out c
    }
    return out
}
function flush(    i) {
    for (i = 1; i <= held; i++) { print lines[i] }
    held = 0
}
/^[ \t]*\/\/( |$)/ {
    match($0, /\/\//)
    lines[++held] = substr($0, 1, RSTART - 1) "///" plain(substr($0, RSTART + 2))
    next
}
/^namespace / && held { lines[1] = "/// @file\n" lines[1]; flush(); print ""; print; next }
{
    flush()
    if (is_private && /^(};|  (public|protected):)/) { is_private = 0; print "/// @endcond" }
    if (/^  private:/) { is_private = 1; print "/// @cond" }
    if (match($0, /[;,{)] +\/\/ /)) {
        comment = substr($0, RSTART + RLENGTH)
        sub(/ +\/\/ .*/, "", $0)
        $0 = $0 "  ///< " plain(comment)
    }
    print
}
END { flush() }
