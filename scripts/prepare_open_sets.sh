#!/bin/sh
# Prepare the real sets that print, hand, plates and detect are trained and measured on.
# usage: scripts/prepare_open_sets.sh SOURCE [TARGET]     (SOURCE: the folder of the raw sets)
# Splits go by document, writer or plate, never by line; a set that is there is left as it is.
set -eu
source=${1:?usage: scripts/prepare_open_sets.sh SOURCE [TARGET]}
target=${2:-data}

prepare() {  # name, then options of `deeptext prepare`
    name=$1; shift
    [ -e "$target/$name/dataset.yaml" ] && return 0
    # exit 1 says that some items were kept out: doctor.json names them
    deeptext prepare "$source/$name" -o "$target/$name" "$@" || [ $? -eq 1 ]
}

for set in doc-ehri-typed doc-funsd doc-sroie doc-en-print20 scene-icdar2003 hw-en-hooker; do
    prepare $set --val-share 0.2                        # by page
done
prepare plates_es_uc3m --group label
prepare plates_cz_hdr --group label
prepare words_iiit5k --group rows:10
prepare words_icdar2015 --group rows:10
prepare lines_ocrd_testset --group rows:10
prepare lines_fraktur_jze --group rows:40
prepare hw-fr-copiste --group rows:15
prepare hw-fr-peraire --group rows:25
prepare hw-fr-cremma20c --group rows:12
for set in captcha_v2 captcha_numbers_kr captcha_pwntcha; do
    prepare $set
done
