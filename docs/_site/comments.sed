# Our comments are plain ones and plain text: this makes them Doxygen's.
s@^([[:space:]]*)//( |$)@\1///\2@
s@([;,{)]) +// @\1  ///< @
/^[[:space:]]*\/\/\//s/[<>]/\\&/g
