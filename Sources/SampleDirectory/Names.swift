/// Names of people in many scripts, each with an ASCII spelling for accounts and addresses.
enum Names {
  /// A name as it is written, and in ASCII.
  struct Spelling: Sendable {
    var written: String
    var ascii: String
    init(_ written: String, _ ascii: String) {
      self.written = written
      self.ascii = ascii
    }
  }

  /// Given names and surnames of one script.
  struct Script: Sendable {
    var name: String
    var given: [Spelling]
    var surnames: [Spelling]
    /// Whether the surname is written first.
    var surnameFirst = false
  }

  /// The script of a user; Latin is the most frequent.
  static func script(_ random: inout SeededGenerator) -> Script {
    random.below(100) < 60 ? scripts[random.below(2)] : scripts[2 + random.below(scripts.count - 2)]
  }

  static let scripts: [Script] = [
    Script(
      name: "Latin",
      given: pairs("Ann Ann, James James, Maria Maria, Peter Peter, Laura Laura, Hannah Hannah"),
      surnames: pairs("Smith Smith, Miller Miller, Brown Brown, Rossi Rossi, Jansen Jansen")),
    Script(
      name: "Latin with diacritics",
      given: pairs(
        "Jürgen Juergen, Zoë Zoe, Łukasz Lukasz, Şebnem Sebnem, Siân Sian, Đorđe Djordje"),
      surnames: pairs(
        "Müller Mueller, Ångström Angstroem, Dvořák Dvorak, Nuñez Nunez, Ğül Gul, Straße Strasse")),
    Script(
      name: "Greek", given: pairs("Ελένη Eleni, Γιώργος Giorgos, Σοφία Sofia"),
      surnames: pairs("Παπαδόπουλος Papadopoulos, Οικονόμου Oikonomou, Αγγέλου Angelou")),
    Script(
      name: "Cyrillic", given: pairs("Анна Anna, Дмитрий Dmitri, Олена Olena"),
      surnames: pairs("Иванова Ivanova, Шевченко Shevchenko, Кузнецов Kuznetsov")),
    Script(
      name: "Arabic", given: pairs("فاطمة Fatima, محمد Muhammad, ليلى Layla"),
      surnames: pairs("الحسن AlHassan, النجار AlNajjar, حداد Haddad")),
    Script(
      name: "Hebrew", given: pairs("נועה Noa, דוד David, יעל Yael"),
      surnames: pairs("כהן Cohen, לוי Levi, מזרחי Mizrahi")),
    Script(
      name: "Han", given: pairs("伟 Wei, 芳 Fang, 秀英 Xiuying"),
      surnames: pairs("王 Wang, 李 Li, 欧阳 Ouyang"), surnameFirst: true),
    Script(
      name: "Kana", given: pairs("さくら Sakura, ハルト Haruto, ゆい Yui"),
      surnames: pairs("たかはし Takahashi, サトウ Sato, すずき Suzuki"), surnameFirst: true),
    Script(
      name: "Hangul", given: pairs("민준 Minjun, 서연 Seoyeon, 지우 Jiwoo"),
      surnames: pairs("김 Kim, 이 Lee, 박 Park"), surnameFirst: true),
    Script(
      name: "Devanagari", given: pairs("प्रिया Priya, अर्जुन Arjun, क्षितिज Kshitij"),
      surnames: pairs("शर्मा Sharma, त्रिपाठी Tripathi, सिंह Singh")),
    Script(
      name: "Thai", given: pairs("สมชาย Somchai, น้ำฝน Namfon, กิตติ Kitti"),
      surnames: pairs("ศรีสุข Srisuk, ใจดี Jaidee, แก้วมณี Kaewmanee")),
    // Base letters with combining marks: the same text as precomposed letters, in other bytes.
    Script(
      name: "combining marks",
      given: [Spelling("Rene\u{301}e", "Renee"), Spelling("Bjo\u{308}rn", "Bjoern")],
      surnames: [Spelling("Nguye\u{302}\u{303}n", "Nguyen"), Spelling("Skr\u{30C}ivan", "Skrivan")]),
  ]

  private static func pairs(_ text: String) -> [Spelling] {
    text.split(separator: ",").map { pair in
      let words = pair.split(separator: " ").map(String.init)
      return Spelling(words[0], words.last ?? words[0])
    }
  }
}
