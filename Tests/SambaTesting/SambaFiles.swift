/// What a ``SambaDomain`` is made of.
enum SambaFiles {
  /// The controller's configuration: all below one folder, on one address.
  static func configuration(_ folder: String, _ address: String) -> String {
    """
    [global]
      netbios name = DC1
      realm = \(SambaDomain.name)
      workgroup = PHS
      server role = active directory domain controller
      server services = rpc, ldap, cldap, kdc, drepl, winbindd
      interfaces = \(address)/8
      bind interfaces only = yes
      private dir = \(folder)/private
      state directory = \(folder)/state
      cache directory = \(folder)/cache
      lock directory = \(folder)/lock
      pid directory = \(folder)/pid
      ncalrpc dir = \(folder)/ncalrpc
      winbindd socket directory = \(folder)/winbindd
      ntp signd socket directory = \(folder)/ntp
      binddns dir = \(folder)/dns
      rpc server dynamic port range = 49152-49215
      tls enabled = yes
      tls keyfile = \(folder)/private/tls/key.pem
      tls certfile = \(folder)/private/tls/cert.pem
      tls cafile = \(folder)/private/tls/cert.pem
      ntlm auth = ntlmv2-only
      ldap server require strong auth = no
      dns update command = /bin/true
      spn update command = /bin/true
      samba kcc command = /bin/true
      log level = 0

    """
  }

  /// A program that fills the database of a controller before it starts.
  static let seed = """
    import sys
    import ldb
    from samba.auth import system_session
    from samba.dcerpc import security
    from samba.ndr import ndr_pack, ndr_unpack
    from samba.param import LoadParm
    from samba.samdb import SamDB

    folder, address, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    settings = LoadParm()
    settings.load(folder + "/etc/smb.conf")
    db = SamDB(url=folder + "/private/sam.ldb", session_info=system_session(), lp=settings)
    base = str(db.domain_dn())
    db.set_pwdProperties("0")
    db.set_minPwdAge("0")
    db.set_minPwdLength("4")
    db.transaction_start()


    def add_user(name, parent, password, control):
        db.add({
            "dn": "CN=%s,%s" % (name, parent),
            "objectClass": "user",
            "sAMAccountName": name,
            "userPrincipalName": "%s@phs.test" % name,
            "userAccountControl": str(control),
            "unicodePwd": ('"%s"' % password).encode("utf-16-le"),
        })


    people = "OU=People," + base
    db.add({"dn": people, "objectClass": "organizationalUnit"})
    for number in range(count):
        name = "user%04d" % number
        add_user(name, people, "Pw-%s-Secret" % name, 514 if number % 10 == 9 else 512)
    sids = {}
    for name, control in (("sync", 66048), ("changes", 66048), ("plain", 66048), ("shut", 66050)):
        add_user(name, "CN=Users," + base, "Pw-%s-Secret" % name, control)
        found = db.search("CN=%s,CN=Users,%s" % (name, base), ldb.SCOPE_BASE, attrs=["objectSid"])
        sids[name] = str(ndr_unpack(security.dom_sid, found[0]["objectSid"][0]))

    changes = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
    secrets = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
    grants = "(OA;;CR;%s;;%s)" % (changes, sids["sync"])
    grants += "(OA;;CR;%s;;%s)" % (secrets, sids["sync"])
    grants += "(OA;;CR;%s;;%s)" % (changes, sids["changes"])
    found = db.search(base, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"])
    descriptor = ndr_unpack(security.descriptor, found[0]["nTSecurityDescriptor"][0])
    domain = security.dom_sid(db.get_domain_sid())
    text = descriptor.as_sddl(domain)
    place = text.index("(", text.index("D:"))
    new = security.descriptor.from_sddl(text[:place] + grants + text[place:], domain)
    message = ldb.Message(ldb.Dn(db, base))
    message["nTSecurityDescriptor"] = ldb.MessageElement(
        ndr_pack(new), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
    db.modify(message)

    # Called by an address, the controller has a ticket for it too.
    controller = ldb.Message(ldb.Dn(db, "CN=DC1,OU=Domain Controllers," + base))
    controller["servicePrincipalName"] = ldb.MessageElement(
        "ldap/" + address, ldb.FLAG_MOD_ADD, "servicePrincipalName")
    db.modify(controller)
    db.transaction_commit()

    """
}
