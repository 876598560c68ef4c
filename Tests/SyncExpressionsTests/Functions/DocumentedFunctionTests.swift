import Testing

@testable import SyncExpressions

@Suite("The functions that the product documents")
struct DocumentedFunctionTests {
  /// Every function of the Functions Reference, with the numbers of arguments of its syntaxes.
  private static let functions: [(name: String, counts: [Int])] = [
    ("BitAnd", [2]), ("BitOr", [2]), ("CBool", [1]), ("CDate", [1]), ("CertExtensionOids", [1]),
    ("CertFormat", [1]), ("CertFriendlyName", [1]), ("CertHashString", [1]), ("CertIssuer", [1]),
    ("CertIssuerDN", [1]), ("CertIssuerOid", [1]), ("CertKeyAlgorithm", [1]),
    ("CertKeyAlgorithmParams", [1]), ("CertNameInfo", [3]), ("CertNotAfter", [1]),
    ("CertNotBefore", [1]), ("CertPublicKeyOid", [1]), ("CertPublicKeyParametersOid", [1]),
    ("CertSerialNumber", [1]), ("CertSignatureAlgorithmOid", [1]), ("CertSubject", [1]),
    ("CertSubjectNameDN", [1]), ("CertSubjectNameOid", [1]), ("CertThumbprint", [1]),
    ("CertVersion", [1]), ("CGuid", [1]), ("Contains", [2, 3]), ("ConvertFromBase64", [1, 2]),
    ("ConvertFromUTF8Hex", [1]), ("ConvertToBase64", [1]), ("ConvertToUTF8Hex", [1]),
    ("Count", [1]), ("CNum", [1]), ("CRef", [1]), ("CStr", [1]), ("DateAdd", [3]),
    ("DateFromNum", [1]), ("DNComponent", [2]), ("DNComponentRev", [2, 3]), ("Error", [1]),
    ("EscapeDNComponent", [1]), ("FormatDateTime", [2]), ("Guid", [0]), ("IIF", [3]),
    ("InStr", [2, 3, 4]), ("InStrRev", [2, 3, 4]), ("IsBitSet", [2]), ("IsDate", [1]),
    ("IsCert", [1]), ("IsEmpty", [1]), ("IsGuid", [1]), ("IsNull", [1]), ("IsNullOrEmpty", [1]),
    ("IsNumeric", [1]), ("IsString", [1]), ("IsPresent", [1]), ("Item", [2]), ("ItemOrNull", [2]),
    ("Join", [1, 2]), ("LCase", [1]), ("Left", [2]), ("Len", [1]), ("LTrim", [1]),
    ("Mid", [2, 3]), ("Now", [0]), ("NumFromDate", [1]), ("PadLeft", [3]), ("PadRight", [3]),
    ("PCase", [1]), ("RandomNum", [2]), ("RemoveDuplicates", [1]), ("Replace", [3]),
    ("ReplaceChars", [2]), ("Right", [2]), ("RTrim", [1]), ("Select", [3]), ("Split", [2, 3]),
    ("StringFromGuid", [1]), ("StringFromSid", [1]), ("Switch", [2, 4, 6, 100]), ("Trim", [1]),
    ("UCase", [1]), ("Where", [3]), ("With", [3]), ("Word", [3]),
  ]

  /// A call with so many arguments that are read, whatever they give.
  private func call(_ name: String, _ count: Int) -> String {
    var arguments = Array(repeating: "[a]", count: count)
    if ["Select", "Where", "With"].contains(name), count > 0 { arguments[0] = "$i" }
    return name + "(" + arguments.joined(separator: ",") + ")"
  }

  @Test("Each is known, with every number of arguments that the page shows and no other")
  func known() throws {
    for (name, counts) in Self.functions {
      for count in counts {
        #expect(throws: Never.self, "\(name)") { try Expression(call(name, count)) }
      }
      let least = counts.min() ?? 0
      let most = counts.max() ?? 0
      if least > 0 {
        let error = try syntaxError(call(name, least - 1))
        #expect(error.message.contains(name), "\(name)")
      }
      guard name != "Switch" else { continue }
      let error = try syntaxError(call(name, most + 1))
      #expect(error.message.hasPrefix(name) && error.hint.contains(name + "("), "\(error)")
    }
  }

  @Test("Their names are told apart by case, and the right spelling is proposed")
  func caseSensitive() throws {
    for (name, counts) in Self.functions {
      for wrong in [name.lowercased(), name.uppercased()] where wrong != name {
        let error = try syntaxError(call(wrong, counts[0]))
        #expect(error.message == "There is no function \(wrong)")
        #expect(error.hint == "did you mean \(name)?")
      }
    }
  }

  @Test("What there is beyond them is what the product's own rules use")
  func others() {
    let documented = Set(Self.functions.map(\.name))
    let others = Set(Function.names).subtracting(documented)
    #expect(others == ["CBin", "ImportedValue", "RegexIsMatch", "Thumbprint", "ValueCount"])
    #expect(documented.isSubset(of: Function.names))
  }
}
