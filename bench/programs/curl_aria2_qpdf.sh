#!/bin/sh
# The book with curl, aria2c and qpdf.
# sh curl_aria2_qpdf.sh START_PAGE BOOK CONCURRENCY
set -e
site=${1%/}
several="aria2c --quiet --max-concurrent-downloads=$3 --file-allocation=none --input-file=-"
curl --silent --fail "$1" | grep -q '/pdfbook\.htm'
curl --silent --fail "$site/pdfbook.htm" | grep -o 'ch[0-9]*\.htm"' | tr -d '"' | sort -u |
    sed "s|^|$site/|" | $several --dir=pages
grep -oh '[^"]*\.PDF' pages/* | sort -u | $several --dir=pdfs
qpdf --empty --pages $(ls -v pdfs/CH*.PDF) -- "$2" || [ $? -eq 3 ] # 3: only warnings
