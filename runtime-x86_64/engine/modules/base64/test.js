// biome-ignore-all lint: odd code and values are what is tested
console.log(
  btoa('hello'),
  btoa(''),
  btoa('\xff\x00'),
  atob('aGVsbG8='),
  atob(' aGVs bG8 '),
  JSON.stringify(atob('/wA=')),
  atob(''),
)
for (const call of [() => btoa('€'), () => atob('a'), () => atob('a===='), () => atob('*')]) {
  try {
    console.log(call())
  } catch (error) {
    console.log(error.name, error.code, error instanceof DOMException)
  }
}
