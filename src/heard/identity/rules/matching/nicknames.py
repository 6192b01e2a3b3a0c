"""Which given names are used for one another."""

GROUPS = """
abigail abby gail; albert bert al bertie; alexander alex alec sandy alasdair alistair; alexandra alex sandra sandy; alfred alf fred alfie;
amelia amy millie emily; andrew andy drew; anne ann anna annie nancy nan; anthony tony antony; arthur art artie; augustus gus august;
barbara babs barb; benjamin ben benny; bernard bernie; catherine katherine kathryn kate katie kathy cathy kitty kit; cecilia celia cissy;
charles charlie chuck charley; charlotte lottie charlie; christina christine chris tina; christopher chris kit; cornelius neil con;
daniel dan danny; david dave davy; deborah debbie deb; dominic dom nick; donald don donnie; dorothy dot dolly dottie; douglas doug;
edmund ed ned eddie ted; edward ed ned eddie ted teddy; eleanor ellen nell nellie nora ella; elizabeth liz lizzie beth betty eliza bess bessie lisa elsie libby;
emma em emmy; ernest ernie; esther hester essie; eugene gene; ferdinand ferdie; florence flo florrie; frances fanny fran francie; francis frank franky frankie;
frederick fred freddie freddy; gabriel gabe; geoffrey jeffrey geoff jeff; george georgie geordie; gerald gerry jerry; gilbert gil bert; gregory greg;
harold harry hal; harriet hattie harriett; helen nell ellen helena; henry harry hank hal; herbert bert herb herbie; horace horry; hubert bert hugh;
humphrey humph; isaac ike; isabella isabel bella isobel; jacob jake; james jim jimmy jamie jem; jane jenny janet jean janie; jessica jess jessie; john jack johnny jon jock ian johnnie;
jonathan jon jonny; joseph joe joey jo; joshua josh; judith judy; julia julie jules; kenneth ken kenny; laurence lawrence larry laurie; leonard len lenny leo;
lewis louis lou lew; lillian lily lilly lil; louisa louise lou; lucy lucia; madeline maddy maud; margaret maggie meg peggy madge marge daisy greta;
maria mary marie molly polly mae may; martha patty mattie; martin marty; mary mae mamie polly molly minnie; matilda tilly maud mattie; matthew matt matty; michael mike mick mickey;
montague monty; nathaniel nat nate nathan; nicholas nick nicky colin; oliver ollie noll; oswald ossie; patricia pat patsy trish; patrick pat paddy; penelope penny; percival percy;
peter pete; philip phil pip phillip; rachel rae rachael; randolph randy; raymond ray; rebecca becky; reginald reg reggie rex; richard dick rick ricky rich dickie;
robert bob rob bobby robin robbie bert; roderick rod rory; roger rodge hodge; roland rowland roly; ronald ron ronnie; rosemary rose rosie; rupert bert; samuel sam sammy;
samantha sam; sarah sally sara sadie; sebastian seb; sidney sydney sid syd; simon sim; solomon sol; stephen steven steve; susan sue susie susanna susannah; sylvester sly;
terence terry; theodore ted theo teddy; theresa teresa tess terry; thomas tom tommy; timothy tim; tobias toby; valentine val; vera vi; victor vic; victoria vicky vick tori;
vincent vince; violet vi; virginia ginny; walter wally walt wat; wilfred wilf fred; wilhelmina mina minnie; william will bill willie willy billy liam; winifred winnie freda; zachary zach
"""


def _known() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(GROUPS.split(";")):
        for name in group.split():
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


KNOWN = _known()


def used_for_one_another(name: str, other: str) -> bool:
    return name in KNOWN and other in KNOWN and not KNOWN[name].isdisjoint(KNOWN[other])
