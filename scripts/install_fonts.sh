#!/bin/sh
# Install the fonts that the synthetic recipes draw from (Debian 12 and later, about 1.5 GB).
# Packages of other releases that are absent are named and passed over. See docs/FONTS.md.
set -eu

PACKAGES="
fonts-3270 fonts-adf-accanthis fonts-adf-baskervald fonts-adf-berenis fonts-adf-gillius
fonts-adf-ikarius fonts-adf-irianis fonts-adf-libris fonts-adf-mekanus fonts-adf-oldania
fonts-adf-romande fonts-adf-solothurn fonts-adf-switzera fonts-adf-tribun
fonts-adf-universalis fonts-adf-verana fonts-aenigma fonts-agave fonts-allerta
fonts-anonymous-pro fonts-apropal fonts-arapey fonts-arkpandora fonts-atarismall
fonts-averia-gwf fonts-averia-sans-gwf fonts-averia-serif-gwf fonts-b612 fonts-bebas-neue
fonts-beteckna fonts-blankenburg fonts-breip fonts-cabin fonts-cabinsketch fonts-campania
fonts-cantarell fonts-cardo fonts-century-catalogue fonts-cherrybomb fonts-clear-sans
fonts-cmu fonts-comfortaa fonts-comic-neue fonts-compagnon fonts-courier-prime
fonts-crosextra-caladea fonts-crosextra-carlito fonts-dancingscript fonts-dejavu
fonts-dejavu-core fonts-dejavu-extra fonts-dkg-handwriting fonts-dosis fonts-dotgothic16
fonts-dustin fonts-ebgaramond fonts-ecolier-court fonts-elstob fonts-engadget
fonts-essays1743 fonts-eurofurence fonts-f500 fonts-fantasque-sans fonts-fanwood
fonts-femkeklaver fonts-firacode fonts-freefont-ttf fonts-georgewilliams fonts-gfs-artemisia
fonts-gfs-baskerville fonts-gfs-didot fonts-glasstty fonts-gnutypewriter fonts-go
fonts-goudybookletter fonts-hack fonts-havana fonts-hermit fonts-humor-sans
fonts-inconsolata fonts-inter fonts-isabella fonts-jetbrains-mono fonts-joscelyn
fonts-junction fonts-junicode fonts-jura fonts-karla fonts-karmilla fonts-kaushanscript
fonts-klaudia-berenika fonts-kristi fonts-lato fonts-le-murmure fonts-league-mono
fonts-league-spartan fonts-leckerli-one fonts-levien-museum fonts-levien-typoscript
fonts-liberation fonts-lindenhill fonts-linex fonts-linuxlibertine fonts-lmodern
fonts-lobster fonts-lobstertwo fonts-lyx fonts-manrope fonts-millimetre fonts-mona
fonts-monofur fonts-monoid fonts-mononoki fonts-national-park fonts-noto-core fonts-ocr-a
fonts-ocr-b fonts-okolaks fonts-oldstandard fonts-open-sans fonts-opendin
fonts-opendyslexic fonts-osifont fonts-oxygen fonts-paratype fonts-pc fonts-play
fonts-prociono fonts-proggy fonts-quattrocento fonts-quicksand fonts-radisnoir
fonts-roadgeek fonts-roboto fonts-roboto-slab fonts-roboto-unhinted fonts-routed-gothic
fonts-rufscript fonts-sil-andika fonts-sil-charis fonts-sil-doulos fonts-sil-gentium
fonts-sil-gentium-basic fonts-sjfonts fonts-solide-mirage fonts-sora fonts-staypuft
fonts-stix fonts-summersby fonts-terminus-otb fonts-texgyre fonts-tiresias
fonts-tlwg-mono-ttf fonts-tlwg-typewriter-ttf fonts-tlwg-typist-ttf fonts-tlwg-typo-ttf
fonts-tomsontalks fonts-train fonts-tuffy fonts-ubuntu-title fonts-urw-base35
fonts-vollkorn fonts-wine fonts-yanone-kaffeesatz texlive-fonts-extra ttf-bitstream-vera
"

known=""
for package in $PACKAGES; do
    if apt-cache show "$package" >/dev/null 2>&1; then
        known="$known $package"
    else
        echo "not in this release: $package" >&2
    fi
done
# shellcheck disable=SC2086  # one word a package
exec apt-get install -y --no-install-recommends $known
