#!/bin/sh
# The book with curl and qpdf.
# sh curl_qpdf.sh START_PAGE BOOK CONCURRENCY
set -e
site=${1%/}
several="curl --silent --fail --parallel --parallel-immediate --parallel-max $3 --remote-name-all"
curl --silent --fail "$1" | grep -q '/pdfbook\.htm'
pages=$(curl --silent --fail "$site/pdfbook.htm" | grep -o 'ch[0-9]*\.htm"' | tr -d '"' | sort -u)
mkdir pages pdfs
(cd pages && $several $(for page in $pages; do echo "$site/$page"; done))
(cd pdfs && $several $(grep -oh '[^"]*\.PDF' ../pages/* | sort -u))
qpdf --empty --pages $(ls -v pdfs/CH*.PDF) -- "$2" || [ $? -eq 3 ] # 3: only warnings
