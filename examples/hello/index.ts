console.log('Hello from unik')
