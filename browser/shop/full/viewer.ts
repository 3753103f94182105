import {
  AmbientLight,
  BoxGeometry,
  Color,
  DirectionalLight,
  ExtrudeGeometry,
  Group,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  PlaneGeometry,
  SRGBColorSpace,
  Scene,
  Shape,
  Texture,
  WebGLRenderer,
} from "three";
import type { Choice } from "../prints";

const frame_m = 0.02;
const depth_m = 0.032;
const mat_m = 0.06;

/** The moulding: a rectangle with a rectangular hole, its edges softened. */
function moulding(width: number, height: number): ExtrudeGeometry {
  const rectangle = (x: number, y: number) =>
    new Shape().moveTo(-x, -y).lineTo(x, -y).lineTo(x, y).lineTo(-x, y).closePath();
  const outline = rectangle(width / 2 + frame_m, height / 2 + frame_m);
  outline.holes.push(rectangle(width / 2, height / 2));
  return new ExtrudeGeometry(outline, {
    depth: depth_m,
    bevelSize: 0.002,
    bevelThickness: 0.002,
    bevelSegments: 4,
  });
}

/** The framed print on a wall, turned by dragging. Throws where there is no WebGL. */
export function openViewer(room: HTMLElement, photograph: HTMLImageElement, first: Choice) {
  const renderer = new WebGLRenderer({ antialias: true });
  renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
  renderer.setSize(room.clientWidth, room.clientHeight, false);
  renderer.shadowMap.enabled = true;

  const scene = new Scene();
  scene.background = new Color("#d8d2c6");
  const camera = new PerspectiveCamera(32, room.clientWidth / room.clientHeight, 0.1, 10);
  camera.position.set(0, 0, 2.4);
  const lamp = new DirectionalLight("#fff3e0", 2.6);
  lamp.position.set(-1.2, 1.6, 2);
  lamp.castShadow = true;
  const wall = new Mesh(
    new PlaneGeometry(8, 5),
    new MeshStandardMaterial({ color: "#d8d2c6", roughness: 1 }),
  );
  wall.receiveShadow = true;
  scene.add(new AmbientLight("#ffffff", 1.3), lamp, wall);

  const texture = new Texture(photograph);
  texture.colorSpace = SRGBColorSpace;
  texture.needsUpdate = true;
  let framed = new Group();

  const draw = () => renderer.render(scene, camera);
  const show = ({ size, frame }: Choice) => {
    scene.remove(framed);
    const width = size.width_cm / 100;
    const height = (width * 2) / 3;
    framed = new Group();
    const print = new Mesh(
      new PlaneGeometry(width, height),
      new MeshStandardMaterial({ map: texture, roughness: 0.85 }),
    );
    print.position.z = 0.012;
    const mat = new Mesh(
      new BoxGeometry(width + 2 * mat_m, height + 2 * mat_m, 0.01),
      new MeshStandardMaterial({ color: "#fffefb", roughness: 0.95 }),
    );
    framed.add(mat, print);
    if (frame.id !== "none") {
      const wood = new MeshStandardMaterial({
        color: frame.colour,
        roughness: frame.id === "steel" ? 0.35 : 0.7,
        metalness: frame.id === "steel" ? 0.8 : 0,
      });
      framed.add(new Mesh(moulding(width + 2 * mat_m, height + 2 * mat_m), wood));
    }
    framed.traverse((part) => (part.castShadow = true));
    framed.position.z = 0.03;
    scene.add(framed);
    draw();
  };

  const turn = ({ buttons, movementX, movementY }: PointerEvent) => {
    if (!buttons) return;
    framed.rotation.y = Math.min(Math.max(framed.rotation.y + movementX / 200, -0.9), 0.9);
    framed.rotation.x = Math.min(Math.max(framed.rotation.x + movementY / 300, -0.4), 0.4);
    draw();
  };
  renderer.domElement.addEventListener("pointermove", turn);
  show(first);
  room.append(renderer.domElement);
  return { show };
}
