// biome-ignore-all lint: declarations follow the APIs that they describe
declare function atob(base64: string): string
declare function btoa(bytes: string): string
