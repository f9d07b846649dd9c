/** The demo shop's products: the same 64 on every run, made from eight categories of eight. */

export interface CatalogueItem {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly category: string;
  /** Minor units of EUR. */
  readonly amount: number;
  readonly stock: number;
}

type Line = readonly [title: string, description: string, amount: number, stock: number];

const CATEGORIES: Readonly<Record<string, readonly Line[]>> = {
  paper: [
    ['Pocket Notebook', 'Stitched, 64 dotted pages, fits a shirt pocket.', 690, 400],
    ['Field Journal', 'Water-resistant cover, 120 numbered pages.', 1490, 250],
    ['Sketch Pad A4', 'Heavy grain paper for pencil and ink.', 1290, 180],
    ['Letter Set', 'Twenty sheets, twenty envelopes, deckled edge.', 1850, 90],
    ['Week Planner', 'Undated, one week on two pages.', 1590, 300],
    ['Music Notebook', 'Twelve staves a page, opens flat.', 1190, 120],
    ['Graph Block', 'Five-millimetre grid, tear-off sheets.', 590, 500],
    ['Origami Squares', 'One hundred squares in ten colours.', 890, 350],
  ],
  pens: [
    ['Brass Ballpoint', 'Turns darker with every year of use.', 3400, 140],
    ['Fountain Pen Fine', 'Steel nib, piston filler, clear barrel.', 4900, 80],
    ['Drawing Pencils', 'Twelve grades from 4H to 6B in a tin.', 1690, 260],
    ['Brush Pen', 'Flexible tip, deep black, refillable.', 990, 320],
    ['Chalk Markers', 'Eight colours, wipes off glass.', 1350, 210],
    ['Carpenter Pencil', 'Flat, so that it stays where you put it.', 290, 900],
    ['Ink Bottle Blue', 'Fifty millilitres of a calm blue.', 1200, 150],
    ['Pencil Sharpener', 'Solid brass, two hole sizes.', 750, 400],
  ],
  kitchen: [
    ['Enamel Mug', 'Holds 350 ml and survives camp fires.', 1150, 500],
    ['Cast Iron Pan', 'Pre-seasoned, 26 cm, for a lifetime.', 5490, 70],
    ['Bread Knife', 'Serrated, walnut handle, 22 cm blade.', 3890, 110],
    ['Tea Towel Pair', 'Linen and cotton, woven check.', 1690, 300],
    ['Pour-Over Cone', 'Ceramic, one to two cups.', 2190, 160],
    ['Spice Tins', 'Six tins with sifter lids.', 1990, 190],
    ['Rolling Pin', 'Beech, tapered, no handles.', 1590, 130],
    ['Egg Timer', 'Mechanical, rings like an old alarm.', 1090, 280],
  ],
  garden: [
    ['Hand Trowel', 'Forged steel, ash handle.', 1990, 170],
    ['Seed Box', 'Twelve kitchen herbs, labelled envelopes.', 1490, 220],
    ['Watering Can', 'Nine litres, brass rose.', 4290, 60],
    ['Twine Spool', 'Two hundred metres of jute.', 690, 450],
    ['Pruning Shears', 'Bypass blades, replaceable spring.', 3290, 120],
    ['Plant Markers', 'Twenty of slate, with a chalk.', 990, 310],
    ['Garden Gloves', 'Goatskin palm, cotton back.', 1890, 200],
    ['Bird Feeder', 'Copper roof, holds half a litre of seed.', 2790, 90],
  ],
  desk: [
    ['Desk Lamp', 'Jointed arm, warm light, dims by touch.', 7900, 50],
    ['Letter Tray', 'Bent plywood, stacks without screws.', 2990, 140],
    ['Paper Clips', 'One hundred, triangular, in a jar.', 490, 800],
    ['Cork Board', 'Oak frame, 60 by 40 cm.', 2490, 100],
    ['Cable Weights', 'Three stones that hold what slips away.', 1390, 230],
    ['Book Ends', 'Folded steel, a pair.', 1990, 150],
    ['Desk Mat', 'Wool felt with a leather edge.', 3690, 110],
    ['Tape Dispenser', 'Heavy enough for one hand.', 1790, 190],
  ],
  travel: [
    ['Canvas Rucksack', 'Twenty litres, waxed cotton.', 8900, 60],
    ['Rain Jacket', 'Packs into its own pocket.', 11900, 45],
    ['Wool Blanket', 'Two metres by one and a half.', 7490, 75],
    ['Travel Pillow', 'Buckwheat filled, washable cover.', 2990, 160],
    ['Folding Cup', 'Silicone, folds flat, 200 ml.', 890, 420],
    ['Luggage Tag', 'Leather with a paper insert.', 990, 380],
    ['Pocket Torch', 'One cell, eighty lumens, lasts all night.', 2290, 200],
    ['Map Case', 'Clear front, roll closure.', 1690, 140],
  ],
  games: [
    ['Wooden Chess', 'Maple and walnut, folds to a box.', 5900, 65],
    ['Playing Cards', 'Linen finish, two decks.', 1290, 350],
    ['Dominoes', 'Double nine, in a cotton bag.', 1890, 150],
    ['Spinning Top', 'Turned from one piece of pear wood.', 790, 400],
    ['Puzzle Lighthouse', 'One thousand pieces of sea and sky.', 1990, 130],
    ['Go Set', 'Slate and shell style stones, thin board.', 6900, 40],
    ['Marble Run', 'Forty wooden parts that never fit twice the same.', 4490, 85],
    ['Dice Tower', 'Quiet felt inside, fair outside.', 2490, 110],
  ],
  bicycle: [
    ['Brass Bell', 'Heard across a market square.', 1690, 260],
    ['Frame Pump', 'High pressure, fits under the tube.', 2990, 120],
    ['Leather Grips', 'Stitched by hand, a pair.', 3490, 90],
    ['Patch Kit', 'Eight patches, glue, a bit of sandpaper.', 590, 600],
    ['Rear Light', 'Charges in an hour, shines for ten.', 2490, 180],
    ['Saddle Bag', 'Waxed canvas, two straps.', 4290, 70],
    ['Chain Oil', 'Dry weather, one hundred millilitres.', 890, 320],
    ['Trouser Clips', 'Sprung steel, a pair.', 490, 500],
  ],
};

const slugOf = (title: string): string => title.toLowerCase().replaceAll(' ', '-');

export const catalogue: readonly CatalogueItem[] = Object.entries(CATEGORIES).flatMap(([category, lines]) =>
  lines.map(([title, description, amount, stock]) => ({
    slug: slugOf(title),
    title,
    description,
    category,
    amount,
    stock,
  })),
);

export const categories: readonly string[] = Object.keys(CATEGORIES);
