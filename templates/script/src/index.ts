const words = ['Hello', 'from', 'unik']
console.log(words.join(' '))
