// fold makes letters comparable: Müller, mueller and MULLER find each other.
export function fold(s: string): string {
  return s.toLowerCase().replaceAll("ä", "ae").replaceAll("ö", "oe").replaceAll("ü", "ue").replaceAll("ß", "ss")
    .normalize("NFD").replace(/\p{M}/gu, "");
}
