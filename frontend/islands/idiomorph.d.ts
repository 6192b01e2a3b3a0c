declare module "idiomorph" {
  export const Idiomorph: { morph(target: Node, content: unknown, options: object): unknown };
}
