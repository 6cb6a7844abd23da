#!/bin/sh
# The book with wget -r and qpdf.
# sh wget_qpdf.sh START_PAGE BOOK
set -e
wget --quiet --recursive --level=3 --no-directories --directory-prefix=pdfs \
    --accept-regex='/(pdfbook\.htm|ch[0-9]+\.htm|CH[0-9]+\.PDF)$' "$1"
qpdf --empty --pages $(ls -v pdfs/CH*.PDF) -- "$2" || [ $? -eq 3 ] # 3: only warnings
